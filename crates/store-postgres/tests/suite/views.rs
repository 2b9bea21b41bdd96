//! The views for reports: what they show to whom, and what a start does about them.

use quanyu_store::schema::{Migration, Step};
use quanyu_store::{ChangeSet, Json, NewEvent, Schema, Store, Table, Write};
use quanyu_store_postgres::{OpenError, Options, PostgresStore};
use tokio_postgres::{Client, NoTls};

use crate::cluster::{Database, database};
use crate::told::Told;

mod now {
    use jiff::Timestamp;
    use quanyu_store::Json;

    quanyu_store::table! {
        /// Cases.
        pub static CASE = "case", Derived, key 2;
        /// A case.
        #[derive(Clone, Debug, PartialEq)]
        pub struct Case {
            /// District.
            district: i64,
            /// Number.
            id: i64,
            /// How often it was decided upon.
            version: i64,
            /// Kind.
            case_type: String,
            /// Phase.
            phase: String,
            /// State.
            state: String,
            /// Type of demand.
            demand: String,
            /// Channel.
            channel: String,
            /// Matter.
            matter: Option<String>,
            /// Area.
            area: String,
            /// Lead.
            lead: Option<String>,
            /// When it was filed.
            filed_at: Timestamp,
            /// Its limit.
            due_at: Option<Timestamp>,
            /// When it was closed.
            closed_at: Option<Timestamp>,
            /// Whether it is not closed.
            open: bool,
            /// The whole.
            body: Json,
        }
    }
}

mod later {
    use jiff::Timestamp;
    use quanyu_store::Json;

    quanyu_store::table! {
        /// Cases, of a program that has a word for how urgent they are.
        pub static CASE = "case", Derived, key 2;
        /// A case.
        #[derive(Clone, Debug, PartialEq)]
        pub struct Case {
            /// District.
            district: i64,
            /// Number.
            id: i64,
            /// How often it was decided upon.
            version: i64,
            /// Kind.
            case_type: String,
            /// Phase.
            phase: String,
            /// State.
            state: String,
            /// Type of demand.
            demand: String,
            /// Channel.
            channel: String,
            /// Matter.
            matter: Option<String>,
            /// Area.
            area: String,
            /// Lead.
            lead: Option<String>,
            /// When it was filed.
            filed_at: Timestamp,
            /// Its limit.
            due_at: Option<Timestamp>,
            /// When it was closed.
            closed_at: Option<Timestamp>,
            /// Whether it is not closed.
            open: bool,
            /// The whole.
            body: Json,
            /// How urgent it is.
            urgency: String,
        }
    }
}

use now::{CASE, Case};

static STEPS: [Migration; 1] = [Migration {
    to: 2,
    what: "cases have an urgency",
    steps: &[Step::AddColumn {
        table: "case",
        column: "urgency",
        fill: quanyu_store::Value::Text(String::new()),
    }],
}];

fn schema(version: i64, table: &'static Table, steps: &'static [Migration]) -> Schema {
    Schema::new(version, [table], steps).expect("sound")
}

async fn open(address: &str) -> Result<PostgresStore, OpenError> {
    PostgresStore::open(address, schema(1, &CASE, &[]), Options::default()).await
}

fn case(id: i64, body: &str) -> Case {
    let at = jiff::Timestamp::from_second(1_700_000_000 + id).expect("in range");
    Case {
        district: 1,
        id,
        version: 1,
        case_type: "demand".to_owned(),
        phase: "open".to_owned(),
        state: format!("state of {id}"),
        demand: "help".to_owned(),
        channel: "desk".to_owned(),
        matter: None,
        area: "one".to_owned(),
        lead: None,
        filed_at: at,
        due_at: None,
        closed_at: None,
        open: true,
        body: Json::parse(body).expect("JSON"),
    }
}

/// Three cases, of which one is confidential.
async fn fill(store: &PostgresStore) {
    for (id, body) in [
        (1, "{}"),
        (2, r#"{"confidential":{}}"#),
        (3, r#"{"word":"confidential"}"#),
    ] {
        let case = case(id, body);
        let event = NewEvent {
            district: 1,
            noun: "case".to_owned(),
            id,
            kind: format!("filed {id}"),
            actor: "somebody".to_owned(),
            at: case.filed_at,
            reason: None,
            body: Json::empty(),
        };
        let set = ChangeSet::new().event(event).write(Write::insert(&case));
        store.commit(set).await.expect("committed");
    }
}

/// A database whose tables belong to a user `quanyu` who may do nothing else, beside a user `reports`; and that user's
/// address. `None` where users are not ours to make.
async fn owned() -> Option<(Database, String)> {
    let database = database("").await?;
    let quanyu = database.address_of("quanyu")?;
    database
        .run(
            "DO $$ BEGIN
               IF to_regrole('quanyu') IS NULL THEN CREATE ROLE quanyu LOGIN; CREATE ROLE reports LOGIN; END IF;
             END $$;
             DO $$ BEGIN EXECUTE format('GRANT CREATE ON DATABASE %I TO quanyu', current_database()); END $$",
        )
        .await;
    Some((database, quanyu))
}

/// What the guide tells an administrator to run for those who make reports.
fn recipe() -> String {
    let guide = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/operations/database.md");
    let guide = std::fs::read_to_string(guide).expect("a guide");
    let mut blocks = guide.split("```");
    let recipe = blocks.find_map(|block| {
        block
            .strip_prefix("sql\n")
            .filter(|sql| sql.contains("DEFAULT PRIVILEGES"))
    });
    recipe.expect("the guide has it").to_owned()
}

async fn connect(address: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(address, NoTls).await.expect("a user");
    tokio::spawn(connection);
    client
}

async fn texts(client: &Client, sql: &str) -> Vec<String> {
    let rows = client
        .query(sql, &[])
        .await
        .unwrap_or_else(|fault| panic!("{sql}: {fault:?}"));
    rows.iter().map(|row| row.get(0)).collect()
}

/// Whoever may read the views can ask with a function of their own, which a planner that knows nothing of it calls first
/// where it says that it costs nothing.
const PEEK: &str = "CREATE TEMP TABLE seen (what text);
    CREATE FUNCTION pg_temp.peek(what text) RETURNS boolean LANGUAGE plpgsql COST 0.0000001 AS
    $$ BEGIN INSERT INTO seen VALUES (what); RETURN true; END $$";

#[tokio::test]
async fn a_reader_of_the_views_sees_nothing_of_a_confidential_case() {
    let Some((database, quanyu)) = owned().await else {
        return;
    };
    let store = open(&quanyu).await.expect("it opens");
    fill(&store).await;
    database.run(&recipe()).await;
    let reports = connect(&database.address_of("reports").expect("as before")).await;
    reports.batch_execute(PEEK).await.expect("everybody may");
    for (asked, seen) in [
        (
            "SELECT state FROM bi.cases WHERE pg_temp.peek(state) ORDER BY 1",
            ["state of 1", "state of 3"],
        ),
        (
            "SELECT kind FROM bi.case_events WHERE pg_temp.peek(kind) ORDER BY 1",
            ["filed 1", "filed 3"],
        ),
    ] {
        assert_eq!(texts(&reports, asked).await, seen);
        assert_eq!(
            texts(&reports, "SELECT what FROM seen ORDER BY 1").await,
            seen,
            "{asked}"
        );
        reports.batch_execute("TRUNCATE seen").await.expect("its own");
    }
    store.close().await;
}

/// As programs before made it: whose comment tells it by its query alone.
const CASES_OF_BEFORE: &str = r#"
    DROP VIEW bi.cases;
    SET search_path = quanyu;
    DO $do$ DECLARE query text := $q$SELECT district, to_char(id, 'FM000000"-"000000"-"000000') AS number, case_type, phase, state, demand,
                       channel, matter, area, lead, filed_at, due_at, closed_at, open, version AS decisions
                FROM "case" WHERE NOT (body::jsonb ? 'confidential')$q$;
    BEGIN
      EXECUTE 'CREATE VIEW bi.cases AS ' || query;
      EXECUTE format('COMMENT ON VIEW bi.cases IS %L', format(
        'Cases as they stand (案件), without the confidential ones: no texts, no reporter, no point. [%s]',
        lpad(to_hex(hashtext(query)), 8, '0')));
    END $do$;"#;

const BARRIERS: &str = "SELECT relname::text FROM pg_class WHERE relnamespace = 'bi'::regnamespace AND relkind = 'v'
                        AND 'security_barrier=true' = ANY (reloptions) ORDER BY 1";

#[tokio::test]
async fn views_of_before_are_made_anew_beneath_what_others_built_on_them() {
    let Some((database, quanyu)) = owned().await else {
        return;
    };
    open(&quanyu).await.expect("it opens").close().await;
    database.run(&format!("SET ROLE quanyu; {CASES_OF_BEFORE}")).await;
    database.run(&recipe()).await;
    database
        .run("CREATE SCHEMA own; CREATE VIEW own.open_cases AS SELECT * FROM bi.cases WHERE open")
        .await;
    assert_eq!(database.ask(BARRIERS).await, ["case_events"]);
    open(&quanyu).await.expect("it opens").close().await;
    assert_eq!(database.ask(BARRIERS).await, ["case_events", "cases"]);
    assert_eq!(database.ask("SELECT count(*) FROM own.open_cases").await, ["0"]);
}

#[tokio::test]
async fn readers_keep_their_right_when_views_are_made_anew() {
    let Some((database, quanyu)) = owned().await else {
        return;
    };
    let store = open(&quanyu).await.expect("it opens");
    fill(&store).await;
    store.close().await;
    database.run(&recipe()).await;
    database
        .run("CREATE ROLE counted LOGIN; GRANT USAGE ON SCHEMA bi TO counted; GRANT SELECT (state) ON bi.cases TO counted;
              REVOKE SELECT ON bi.case_events FROM reports")
        .await;
    let reports = connect(&database.address_of("reports").expect("as before")).await;
    let counted = connect(&database.address_of("counted").expect("as before")).await;
    let kept = async |when: &str| {
        let count = "SELECT count(*)::text FROM bi.cases";
        assert_eq!(texts(&reports, count).await, ["2"], "{when}");
        assert_eq!(texts(&counted, "SELECT state FROM bi.cases").await.len(), 2, "{when}");
        counted
            .query(count, &[])
            .await
            .map(|_| ())
            .expect("a count needs any column");
        assert!(counted.query("SELECT area FROM bi.cases", &[]).await.is_err(), "{when}");
        // What was taken from a reader is not given back because everything new is given.
        assert!(
            reports.query("SELECT kind FROM bi.case_events", &[]).await.is_err(),
            "{when}"
        );
    };
    kept("before").await;
    // One with other columns, which cannot be replaced in its place.
    let other = "SET ROLE quanyu; ALTER VIEW bi.cases RENAME COLUMN phase TO stage;
                 COMMENT ON VIEW bi.cases IS 'of before'; COMMENT ON VIEW bi.case_events IS 'of before'";
    database.run(other).await;
    let told = Told::listen();
    open(&quanyu).await.expect("it opens").close().await;
    assert_eq!(told.warnings("view"), Vec::<String>::new());
    assert_eq!(database.ask("SELECT phase FROM bi.cases LIMIT 1").await, ["open"]);
    kept("columns").await;
    // And with the tables beneath, where all are taken away first.
    let later = PostgresStore::open(&quanyu, schema(2, &later::CASE, &STEPS), Options::default()).await;
    later.expect("a way leads here").close().await;
    kept("tables").await;
}

#[tokio::test]
async fn a_server_starts_without_views_where_it_may_not_make_them() {
    let Some((database, quanyu)) = owned().await else {
        return;
    };
    database
        .run("CREATE SCHEMA bi; REVOKE ALL ON SCHEMA bi FROM PUBLIC")
        .await;
    let told = Told::listen();
    open(&quanyu).await.expect("it opens").close().await;
    let warning = told.warning("bi");
    assert!(
        warning.contains("postgres") && warning.contains("GRANT USAGE, CREATE ON SCHEMA bi TO quanyu"),
        "{warning}"
    );
    database.run("GRANT USAGE, CREATE ON SCHEMA bi TO quanyu").await;
    open(&quanyu).await.expect("it opens").close().await;
    assert_eq!(database.ask(BARRIERS).await, ["case_events", "cases"]);
    // A view that somebody else made by that name is theirs.
    database
        .run("DROP VIEW bi.cases; CREATE VIEW bi.cases AS SELECT 7 AS lucky; DROP VIEW bi.case_events")
        .await;
    let told = Told::listen();
    open(&quanyu).await.expect("it opens").close().await;
    let warning = told.warning("bi");
    assert!(warning.contains("must be owner of view cases"), "{warning}");
    assert_eq!(database.ask("SELECT lucky FROM bi.cases").await, ["7"]);
}

#[tokio::test]
async fn a_long_report_does_not_keep_a_server_from_starting() {
    let Some((database, quanyu)) = owned().await else {
        return;
    };
    open(&quanyu).await.expect("it opens").close().await;
    database.run(&format!("SET ROLE quanyu; {CASES_OF_BEFORE}")).await;
    database.run(&recipe()).await;
    let reports = connect(&database.address_of("reports").expect("as before")).await;
    reports
        .batch_execute("BEGIN; SELECT count(*) FROM bi.cases")
        .await
        .expect("a report");
    let told = Told::listen();
    let opened = tokio::time::timeout(std::time::Duration::from_secs(20), open(&quanyu)).await;
    opened
        .expect("it does not wait for the report")
        .expect("it opens")
        .close()
        .await;
    let warning = told.warning("bi");
    assert!(warning.contains("next start"), "{warning}");
    assert_eq!(database.ask(BARRIERS).await, ["case_events"], "as before");
    reports.batch_execute("COMMIT").await.expect("read");
    open(&quanyu).await.expect("it opens").close().await;
    assert_eq!(database.ask(BARRIERS).await, ["case_events", "cases"]);
}

/// What is read for an extract, as those who make it ask for it.
#[tokio::test]
async fn an_extract_reads_what_is_new_along_a_key() {
    let Some((database, quanyu)) = owned().await else {
        return;
    };
    let store = open(&quanyu).await.expect("it opens");
    fill(&store).await;
    store.close().await;
    database.run(&recipe()).await;
    let reports = connect(&database.address_of("reports").expect("as before")).await;
    database
        .run(
            "INSERT INTO quanyu.\"case\" (district, id, version, case_type, phase, state, demand, channel, area, filed_at, open, body)
             SELECT 1, id, 1, 'demand', 'open', 'new', 'help', 'desk', 'one', now(), true, '{}' FROM generate_series(10, 5000) AS id;
             ANALYZE quanyu.\"case\"",
        )
        .await;
    // A planner that knows how few events there are would read them all.
    reports
        .batch_execute("SET enable_seqscan = off; SET enable_bitmapscan = off")
        .await
        .expect("allowed");
    for (asked, along) in [
        (
            "SELECT kind FROM bi.case_events WHERE position > 2 ORDER BY position",
            "\"position\" > 2",
        ),
        (
            "SELECT number FROM bi.cases WHERE district = 1 AND id >= 5000",
            "(district = 1) AND (id >= 5000)",
        ),
        (
            "SELECT number FROM bi.cases WHERE district = 1 AND id = ANY (ARRAY[2, 5000])",
            "(district = 1) AND (id = ANY (",
        ),
    ] {
        assert_eq!(texts(&reports, asked).await.len(), 1, "{asked}");
        let plan = texts(&reports, &format!("EXPLAIN {asked}")).await.join("\n");
        let found = plan
            .lines()
            .any(|line| line.contains("Index Cond") && line.contains(along));
        assert!(found, "{plan}");
    }
}
