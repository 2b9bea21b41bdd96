//! The same product on a database server: what is done on it, what is wrong with it, and copies of it.

use std::collections::BTreeMap;
use std::path::Path;

use crate::cluster::{Database, database};
use crate::support::{Server, fails, quanyu, succeeds};

/// Runs a command on a data folder with a database.
#[track_caller]
fn on(database: &str, data: &Path, arguments: &[&str]) -> String {
    succeeds(data, &[arguments, &["--database", database]].concat())
}

/// A demonstration with so many cases.
fn demonstration(database: &Database, data: &Path, scale: &str) {
    let arguments = ["demo", "--scale", scale, "--until", "2024-12-31", "--no-serve"];
    let told = on(&database.address, data, &arguments);
    assert!(
        told.contains("postgres://") && !told.contains("user=postgres"),
        "{told}"
    );
}

const RATES: [&str; 5] = ["rates", "--by", "month", "--csv", "--period=2024-01..2024-12"];

#[tokio::test]
async fn a_district_on_a_server_is_the_same_product() {
    let Some(database) = database("").await else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let (data, embedded) = (folder.path().join("data"), folder.path().join("embedded"));
    demonstration(&database, &data, "150");
    succeeds(
        &embedded,
        &["demo", "--scale", "150", "--until", "2024-12-31", "--no-serve"],
    );
    let rates = succeeds(&embedded, &RATES);
    assert!(rates.lines().count() > 5, "{rates}");
    assert_eq!(
        on(&database.address, &data, &RATES),
        rates,
        "the same life, the same figures"
    );
    assert!(!data.join("quanyu.db").exists(), "nothing is kept beside the database");
    let verified = on(&database.address, &data, &["audit", "verify"]);
    assert!(verified.contains("every seal holds"), "{verified}");
    let rebuilt = on(&database.address, &data, &["rebuild", "--verify"]);
    assert!(rebuilt.contains("case: 150 rows  as kept"), "{rebuilt}");

    // A second start fills nothing; while it serves, a command that needs the database alone is refused, others are not.
    let arguments = ["demo", "--scale", "150", "--database", database.address.as_str()];
    let server = Server::start_as(
        std::process::Command::new(env!("CARGO_BIN_EXE_quanyu")),
        &arguments,
        &data,
    );
    let alone = fails(&data, &["rebuild", "--database", &database.address]);
    assert!(alone.contains("stop them first"), "{alone}");
    assert_eq!(on(&database.address, &data, &RATES), rates);

    // A backup is taken meanwhile; it is of the same form as every other, and goes back into either engine.
    let backup = folder.path().join("backup");
    on(&database.address, &data, &["backup", backup.to_str().expect("UTF-8")]);
    drop(server);
    let key_file = data.join("keys").join("root.key");
    let key_file = key_file.to_str().expect("UTF-8");
    let restored = folder.path().join("restored");
    let restore = ["restore", backup.to_str().expect("UTF-8"), "--key-file", key_file];
    succeeds(&restored, &restore);
    assert_eq!(
        succeeds(&restored, &[&RATES[..], &["--key-file", key_file]].concat()),
        rates
    );
    let again = fails(&data, &[&restore[..], &["--database", &database.address]].concat());
    assert!(again.contains("it is not empty"), "{again}");
    let Some(other) = crate::cluster::database("").await else {
        return;
    };
    on(&other.address, &data, &restore);
    assert_eq!(on(&other.address, &data, &RATES), rates);
    assert!(on(&other.address, &data, &["audit", "verify"]).contains("every seal holds"));
}

#[tokio::test]
async fn what_is_wrong_with_a_database_is_told_in_one_line() {
    let folder = tempfile::tempdir().expect("a folder");
    let told = |address: &str| {
        let output = quanyu(folder.path(), &["serve", "--database", address]);
        assert!(!output.status.success(), "{address}");
        let err = crate::support::text(&output.stderr);
        assert!(!err.contains("panicked") && !err.contains("secret"), "{err}");
        // What is logged comes before; the last line is the answer.
        err.lines().last().unwrap_or_default().to_owned()
    };
    let unreachable = told("postgres://clerk:secret@127.0.0.1:1/city");
    assert!(unreachable.contains("look at host and port"), "{unreachable}");
    let config = folder.path().join("quanyu.toml");
    std::fs::write(&config, "database = \"host=db password=secret\"\n").expect("written");
    let form = fails(folder.path(), &["serve", "--config", config.to_str().expect("UTF-8")]);
    assert!(form.contains("write it as postgres://"), "{form}");

    let Some(database) = database("").await else { return };
    let empty = told(&database.address);
    assert!(empty.contains("not initialised"), "{empty}");
    let Some(ascii) = crate::cluster::database("ENCODING 'SQL_ASCII' TEMPLATE template0").await else {
        return;
    };
    let encoded = told(&ascii.address);
    assert!(
        encoded.contains("SQL_ASCII") && encoded.contains("--encoding UTF8"),
        "{encoded}"
    );
    if let Some(guarded) = database.address_of("guarded") {
        database
            .run("CREATE ROLE guarded LOGIN PASSWORD 'right'; CREATE ROLE reader LOGIN; CREATE SCHEMA other")
            .await;
        let wrong = told(&format!("{guarded}&password=secret"));
        assert!(
            wrong.contains("password authentication failed") && wrong.contains("pg_hba.conf"),
            "{wrong}"
        );
        let reader = told(&database.address_of("reader").expect("as before"));
        assert!(
            reader.contains("belongs to somebody else") && reader.contains("OWNER TO"),
            "{reader}"
        );
        let nowhere = told(
            &guarded
                .replace("guarded", "postgres")
                .replace("postgres:///", "postgres:///no_"),
        );
        assert!(
            nowhere.contains("does not exist") && nowhere.contains("createdb"),
            "{nowhere}"
        );
    }

    // A database that a newer program wrote is left alone; one of an older program is copied and brought up to date.
    demonstration(&database, folder.path(), "0");
    let version = database.ask("SELECT version FROM quanyu._version").await;
    database.run("UPDATE quanyu._version SET version = 999").await;
    let newer = told(&database.address);
    assert!(newer.contains("newer program"), "{newer}");
    database
        .run(
            "UPDATE quanyu._version SET version = 1; ALTER TABLE quanyu.session DROP COLUMN bond; \
             ALTER TABLE quanyu.timer DROP COLUMN take_at",
        )
        .await;
    let backups = tempfile::tempdir().expect("a folder");
    let refused = backups.path().join("refused").display().to_string();
    let older = fails(folder.path(), &["backup", &refused, "--database", &database.address]);
    assert!(older.contains("older program"), "{older}");
    assert_eq!(
        backups.path().read_dir().expect("readable").count(),
        0,
        "nothing is left of it"
    );
    on(&database.address, folder.path(), &["user", "list"]);
    assert_eq!(database.ask("SELECT version FROM quanyu._version").await, version);
    let copy = format!("quanyu_before_v{}", version[0]);
    let count = |namespace: &str| format!("SELECT count(*) FROM {namespace}.account");
    assert_eq!(
        database.ask(&count(&copy)).await,
        database.ask(&count("quanyu")).await,
        "the copy is whole"
    );
    assert_eq!(
        database.ask(&format!("SELECT version FROM {copy}._version")).await,
        ["1"]
    );
    // Who has to go back puts the copy in its place; the program then brings it up to date again.
    database
        .run(&format!(
            "DROP SCHEMA quanyu CASCADE; ALTER SCHEMA {copy} RENAME TO quanyu"
        ))
        .await;
    on(&database.address, folder.path(), &["user", "list"]);
}

#[tokio::test]
async fn the_guide_describes_the_views_that_are_there() {
    let Some(database) = database("").await else { return };
    let folder = tempfile::tempdir().expect("a folder");
    demonstration(&database, folder.path(), "40");
    let guide = std::fs::read_to_string(crate::support::root().join("docs/operations/database.md")).expect("a guide");
    let mut described = Vec::new();
    let mut view = None;
    for line in guide.lines() {
        if let Some(name) = line.strip_prefix('#') {
            view = name.trim_start_matches('#').trim().strip_prefix("bi.");
        }
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        if let (Some(view), [_, column, form, what, _]) = (view, cells.as_slice())
            && !["column", "---"].contains(column)
        {
            assert!(!what.is_empty(), "{line}");
            described.push(format!("{view}.{column} {form} {what}"));
        }
    }
    let there = "SELECT table_name || '.' || column_name || ' ' || data_type || ' '
                        || col_description(format('bi.%I', table_name)::regclass, ordinal_position)
                 FROM information_schema.columns
                 WHERE table_schema = 'bi' ORDER BY table_name, ordinal_position";
    let mut there = database.ask(there).await;
    there.sort();
    described.sort();
    assert_eq!(there, described);
    let counts = "SELECT (SELECT count(*) FROM bi.cases), (SELECT count(DISTINCT number) FROM bi.case_events),
                         (SELECT count(*) FROM bi.rates_daily WHERE amount > 0)";
    assert_eq!(database.ask(counts).await, ["40"]);

    // A confidential case is in none of them, and nobody else's words or names are.
    database
        .run(
            "UPDATE quanyu.\"case\" SET body = (body::jsonb || '{\"confidential\": {}}')::json
             WHERE id = (SELECT min(id) FROM quanyu.\"case\")",
        )
        .await;
    assert_eq!(database.ask("SELECT count(*) FROM bi.cases").await, ["39"]);
    assert_eq!(
        database.ask("SELECT count(DISTINCT number) FROM bi.case_events").await,
        ["39"]
    );

    // A user of the views alone reads them, and nothing beneath.
    if let Some(reports) = database.address_of("reports") {
        database
            .run("CREATE ROLE reports LOGIN; GRANT USAGE ON SCHEMA bi TO reports; GRANT SELECT ON ALL TABLES IN SCHEMA bi TO reports")
            .await;
        let (client, connection) = tokio_postgres::connect(&reports, tokio_postgres::NoTls)
            .await
            .expect("a user");
        tokio::spawn(connection);
        client
            .query_one("SELECT count(*) FROM bi.cases", &[])
            .await
            .expect("allowed");
        client
            .query_one("SELECT count(*) FROM quanyu.text", &[])
            .await
            .expect_err("not allowed");
    }
    // Every table, column and index says what it is for, and so does every view with its columns.
    let silent = "SELECT relation.relname FROM pg_class relation
                  JOIN pg_namespace namespace ON namespace.oid = relation.relnamespace AND namespace.nspname IN ('quanyu', 'bi')
                  LEFT JOIN pg_attribute attribute ON attribute.attrelid = relation.oid AND attribute.attnum > 0
                    AND NOT attribute.attisdropped AND relation.relkind IN ('r', 'v')
                  WHERE relation.relname NOT LIKE '%\\_pkey' AND relation.relkind IN ('r', 'v', 'i')
                    AND (obj_description(relation.oid, 'pg_class') IS NULL OR attribute.attnum IS NOT NULL
                         AND col_description(relation.oid, attribute.attnum) IS NULL)";
    assert_eq!(database.ask(silent).await, Vec::<String>::new());
}

#[tokio::test]
async fn the_question_in_the_guide_is_answered_as_the_product_answers_it() {
    let Some(database) = database("").await else { return };
    let folder = tempfile::tempdir().expect("a folder");
    demonstration(&database, folder.path(), "400");
    let told = on(
        &database.address,
        folder.path(),
        &["rates", "--by", "department", "--csv", "--period", "2024-11"],
    );
    let mut lines = told
        .trim_start_matches('\u{feff}')
        .lines()
        .map(|line| line.split(',').collect::<Vec<_>>());
    let head = lines.next().expect("a head");
    let at = head.iter().position(|name| *name == "按期办结率").expect("the rate");
    let rate = |line: Vec<&str>| Some((line[0].to_owned(), line[at].parse::<f64>().ok()?));
    let product: BTreeMap<String, f64> = lines.filter_map(rate).collect();
    assert!(product.len() > 3, "{told}");

    let guide = std::fs::read_to_string(crate::support::root().join("docs/operations/database.md")).expect("a guide");
    let (_, rest) = guide.split_once("```sql\n-- timeliness").expect("the question");
    let question = rest
        .split_once('\n')
        .and_then(|(_, rest)| rest.split_once(';'))
        .expect("its end")
        .0;
    // Asked in December 2024.
    let question = question.replace("now()", "timestamptz '2024-12-15'");
    let asked = format!("SELECT unit || ' ' || round(rate, 6) FROM ({question}) AS asked WHERE rate IS NOT NULL");
    let answer = database.ask(&asked).await;
    let pair = |line: &String| {
        let (unit, rate) = line.split_once(' ')?;
        Some((unit.to_owned(), rate.parse::<f64>().ok()?))
    };
    let mut answer: BTreeMap<_, _> = answer.iter().filter_map(pair).collect();
    // It tells of the areas above departments, too.
    answer.retain(|unit, _| product.contains_key(unit));
    assert_eq!(answer, product);
}
