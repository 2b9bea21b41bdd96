//! Views for reporting tools, in a namespace of their own: plain columns, no texts, no persons, no confidential case.
//! Whoever may read them needs no right to the tables beneath.
//!
//! They are barriers: whatever function a reader's question calls, it is told of no row that the view leaves out.
//!
//! Nothing depends on them. Where they cannot be made, because the namespace is somebody else's or a report has been reading
//! them for long, this is said once, and the next start tries again.

use std::collections::BTreeMap;

use quanyu_store::Schema;
use tokio_postgres::Transaction;
use tokio_postgres::error::SqlState;

use crate::fault;
use crate::open::OpenError;
use crate::sql::{literal, quoted};

/// A view, made where the schema has the columns that it reads.
struct View {
    name: &'static str,
    doc: &'static str,
    /// The table that it reads, and columns of it.
    reads: (&'static str, &'static [&'static str]),
    /// Its columns in their order, and what each is. New ones come last, so that a view can be replaced in its place.
    columns: &'static [(&'static str, &'static str)],
    /// The query; the tables' namespace is on the search path while it is made.
    query: &'static str,
}

/// Times are moments; days of the figures are local days, as they were counted.
///
/// What is confidential says so in its body, which is a kilobyte and more of JSON. Reading all of it costs six times what
/// looking for the word does, so that this goes first; that the word is there is known only when it is read.
const VIEWS: [View; 3] = [
    View {
        name: "cases",
        doc: "Cases as they stand (案件), without the confidential ones: no texts, no reporter, no point.",
        reads: (
            "case",
            &[
                "district",
                "id",
                "case_type",
                "phase",
                "state",
                "demand",
                "channel",
                "matter",
                "area",
                "lead",
                "filed_at",
                "due_at",
                "closed_at",
                "open",
                "version",
                "body",
            ],
        ),
        columns: &[
            ("district", "the district that owns the case 区县"),
            ("number", "its number, as 261123-173655-014671 编号"),
            ("case_type", "kind of case 案件类型"),
            ("phase", "phase 阶段"),
            ("state", "state, as the packs name it 状态"),
            ("demand", "type of demand 诉求类型"),
            ("channel", "channel 渠道"),
            ("matter", "matter 事项"),
            ("area", "finest area known 区域"),
            ("lead", "lead unit 主办单位"),
            ("filed_at", "when it was filed 受理时间"),
            ("due_at", "its next limit while it is open 时限"),
            ("closed_at", "when it was closed 办结时间"),
            ("open", "whether it is not closed 是否在办"),
            ("decisions", "how many decisions it amounts to 处理次数"),
            (
                "id",
                "its number as one integer, by which the newest are found 编号（整数）",
            ),
        ],
        query: r#"SELECT district, to_char(id, 'FM000000"-"000000"-"000000') AS number, case_type, phase, state, demand,
                       channel, matter, area, lead, filed_at, due_at, closed_at, open, version AS decisions, id
                FROM "case"
                WHERE strpos(body::text, '"confidential"') = 0 OR (body -> 'confidential') IS NULL"#,
    },
    View {
        name: "case_events",
        doc: "What happened to these cases (流水), in the order of the journal: neither who did it nor why.",
        reads: ("case", &["district", "id", "body"]),
        columns: &[
            ("position", "position in the journal 流水号"),
            ("district", "the district 区县"),
            ("number", "the case 编号"),
            ("kind", "what happened 动作"),
            ("at", "when 时间"),
            ("id", "the case's number as one integer 编号（整数）"),
        ],
        query: r#"SELECT happened.position, happened.district, to_char(happened.id, 'FM000000"-"000000"-"000000') AS number,
                       happened.kind, happened.at, happened.id
                FROM journal AS happened
                JOIN "case" AS one ON one.district = happened.district AND one.id = happened.id
                WHERE happened.noun = 'case'
                  AND (strpos(one.body::text, '"confidential"') = 0 OR (one.body -> 'confidential') IS NULL)"#,
    },
    View {
        name: "rates_daily",
        doc: "What was counted for each unit on each day (指标), one row for each measure; rates are one measure over another.",
        reads: ("tally", &["district", "unit", "relation", "cut", "period", "counts"]),
        columns: &[
            ("district", "the district 区县"),
            ("unit", "the unit that is counted for 单位"),
            (
                "relation",
                "`area`: cases in it; `lead`: cases that it, or one below it, answers for 口径",
            ),
            ("day", "local day 日期"),
            ("measure", "measure, as the packs name it 指标"),
            ("amount", "how much 数量"),
        ],
        query: r#"SELECT tally.district, tally.unit, tally.relation, tally.period::date AS day, counted.key AS measure,
                       counted.value::numeric AS amount
                FROM tally, jsonb_each_text(tally.counts::jsonb) AS counted WHERE tally.cut = 'day'"#,
    },
];

/// How long a view is waited for that somebody is reading: meanwhile everybody who comes later waits as well.
const LOCK_TIMEOUT: &str = "SET LOCAL lock_timeout = '3s'";

/// The namespace of the views that go with one of tables.
pub(crate) fn namespace_of(namespace: &str) -> String {
    if namespace == "quanyu" {
        "bi".to_owned()
    } else {
        format!("{namespace}_bi")
    }
}

/// A right to a view that somebody has been given.
struct Grant {
    /// The column that it is for alone.
    column: Option<String>,
    /// The statement that gives it.
    sql: String,
}

/// The views that are there, and who may read them.
pub(crate) struct Views(BTreeMap<String, Vec<Grant>>);

impl Views {
    /// Looks at what is there, before any of it is taken away.
    pub(crate) async fn look(transaction: &Transaction<'_>, namespace: &str) -> Result<Views, tokio_postgres::Error> {
        let sql = "
            WITH view AS (
              SELECT view.oid, view.relname::text AS name, view.relowner AS owner, view.relacl AS acl
              FROM pg_class view JOIN pg_namespace namespace ON namespace.oid = view.relnamespace
              WHERE namespace.nspname = $1 AND view.relname = ANY ($2) AND view.relkind = 'v'
            ), given AS (
              SELECT view.oid, NULL::text AS of_column, one.* FROM view, aclexplode(view.acl) AS one
              UNION ALL
              SELECT view.oid, attribute.attname::text, one.* FROM view
              JOIN pg_attribute attribute ON attribute.attrelid = view.oid, aclexplode(attribute.attacl) AS one
            )
            SELECT view.name, given.of_column,
                   CASE WHEN given.oid IS NOT NULL THEN format(
                     'GRANT %s%s ON %I.%I TO %s%s', given.privilege_type, ' (' || quote_ident(given.of_column) || ')',
                     $1::text, view.name,
                     CASE given.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(given.grantee)) END,
                     CASE WHEN given.is_grantable THEN ' WITH GRANT OPTION' END) END
            FROM view LEFT JOIN given ON given.oid = view.oid AND given.grantee <> view.owner";
        let names: Vec<&str> = VIEWS.iter().map(|view| view.name).collect();
        let mut views: BTreeMap<String, Vec<Grant>> = BTreeMap::new();
        for row in transaction.query(sql, &[&namespace_of(namespace), &names]).await? {
            let grants = views.entry(row.get(0)).or_default();
            let (column, sql) = (row.get(1), row.get::<_, Option<String>>(2));
            grants.extend(sql.map(|sql| Grant { column, sql }));
        }
        Ok(Views(views))
    }

    /// Takes the views away, so that what they read can be changed.
    pub(crate) async fn take_away(
        &self,
        transaction: &Transaction<'_>,
        namespace: &str,
    ) -> Result<(), tokio_postgres::Error> {
        let bi = quoted(&namespace_of(namespace));
        for name in self.0.keys() {
            let drop = format!("DROP VIEW IF EXISTS {bi}.{}", quoted(name));
            transaction.batch_execute(&drop).await?;
        }
        Ok(())
    }

    /// Makes the views that the schema has the tables for, where they are missing or were made otherwise. Who could read them
    /// before can afterwards, and nobody else; a user who may not make them goes without.
    pub(crate) async fn make(
        &self,
        transaction: &Transaction<'_>,
        namespace: &str,
        schema: &Schema,
    ) -> Result<(), OpenError> {
        let bi = namespace_of(namespace);
        let stale = stale(transaction, &bi, schema).await?;
        if stale.is_empty() {
            return Ok(());
        }
        transaction
            .batch_execute(&format!("SAVEPOINT views; {LOCK_TIMEOUT}"))
            .await?;
        match self.make_anew(transaction, &bi, &stale).await {
            Ok(()) => {}
            Err(error) if error.code().is_some() => {
                transaction.batch_execute("ROLLBACK TO SAVEPOINT views").await?;
                let row = transaction.query_one("SELECT current_user::text", &[]).await?;
                let user: String = row.get(0);
                let help = match error.code() {
                    Some(code) if *code == SqlState::LOCK_NOT_AVAILABLE => {
                        "somebody has been reading them for long; the next start tries again".to_owned()
                    }
                    Some(code) if *code == SqlState::DEPENDENT_OBJECTS_STILL_EXIST => {
                        "drop the views that others built on them, start once, and make those again".to_owned()
                    }
                    _ => format!(
                        "let its owner run GRANT USAGE, CREATE ON SCHEMA {bi} TO {user}, and drop what is not this user's \
                         among {}; the next start tries again",
                        stale.iter().map(|(view, _)| view.name).collect::<Vec<_>>().join(", ")
                    ),
                };
                tracing::warn!(
                    schema = bi,
                    reason = fault::sentence(&error),
                    "报表视图未更新 the views for reports were not made: {help}"
                );
            }
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }

    async fn make_anew(
        &self,
        transaction: &Transaction<'_>,
        bi: &str,
        stale: &[(&View, String)],
    ) -> Result<(), tokio_postgres::Error> {
        let there = "SELECT 1 FROM pg_namespace WHERE nspname = $1";
        if transaction.query_opt(there, &[&bi]).await?.is_none() {
            transaction
                .batch_execute(&format!("CREATE SCHEMA {}", quoted(bi)))
                .await?;
        }
        for (view, comment) in stale {
            let name = format!("{}.{}", quoted(bi), quoted(view.name));
            let comment = format!("COMMENT ON VIEW {name} IS {}", literal(comment));
            let make = format!("{}; {comment}", making(&name, view));
            // In its place, beneath whatever others have built on it, or else, where its columns are others, anew.
            transaction.batch_execute("SAVEPOINT view").await?;
            match transaction.batch_execute(&make).await {
                Err(error) if error.code() == Some(&SqlState::INVALID_TABLE_DEFINITION) => {
                    let anew = format!("ROLLBACK TO SAVEPOINT view; DROP VIEW {name}; {make}");
                    transaction.batch_execute(&anew).await?;
                }
                made => made?,
            }
            if let Some(grants) = self.0.get(view.name) {
                give_again(transaction, bi, view, grants).await?;
            }
        }
        Ok(())
    }
}

/// The statements that make a view and say what its columns are.
fn making(name: &str, view: &View) -> String {
    let mut sql = format!(
        "CREATE OR REPLACE VIEW {name} WITH (security_barrier) AS {}",
        view.query
    );
    for (column, doc) in view.columns {
        sql.push_str(&format!(
            "; COMMENT ON COLUMN {name}.{} IS {}",
            quoted(column),
            literal(doc)
        ));
    }
    sql
}

/// The views that are missing or were made otherwise, each with its comment, which ends with what tells this form of the view
/// from another.
async fn stale(
    transaction: &Transaction<'_>,
    bi: &str,
    schema: &Schema,
) -> Result<Vec<(&'static View, String)>, tokio_postgres::Error> {
    let has = |view: &&View| {
        let (table, columns) = view.reads;
        let table = schema.table(table);
        table.is_some_and(|table| columns.iter().all(|column| table.column_at(column).is_some()))
    };
    // Not by name, which cannot be looked up in a namespace that one may not use.
    let compared = "SELECT hashtext($3), (
                      SELECT obj_description(view.oid, 'pg_class') FROM pg_class view
                      JOIN pg_namespace namespace ON namespace.oid = view.relnamespace
                      WHERE namespace.nspname = $1 AND view.relname = $2 AND view.relkind = 'v'
                    )";
    let mut stale = Vec::new();
    for view in VIEWS.iter().filter(has) {
        let row = transaction
            .query_one(compared, &[&bi, &view.name, &making(view.name, view)])
            .await?;
        let comment = format!("{} [{:08x}]", view.doc, row.get::<_, i32>(0));
        if row.get::<_, Option<String>>(1).as_deref() != Some(&comment) {
            stale.push((view, comment));
        }
    }
    Ok(stale)
}

/// Gives a view that was made anew to those who had it, and to nobody else: not to whom everything new is given either, for
/// it may have been taken from them.
async fn give_again(
    transaction: &Transaction<'_>,
    bi: &str,
    view: &View,
    grants: &[Grant],
) -> Result<(), tokio_postgres::Error> {
    let name = format!("{}.{}", quoted(bi), quoted(view.name));
    let given =
        "SELECT DISTINCT CASE one.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(one.grantee)) END
                 FROM pg_class view, aclexplode(view.relacl) AS one
                 WHERE view.oid = to_regclass($1) AND one.grantee <> view.relowner";
    let mut sql = String::new();
    for row in transaction.query(given, &[&name]).await? {
        sql.push_str(&format!("REVOKE ALL ON {name} FROM {};", row.get::<_, String>(0)));
    }
    let columns = "SELECT array_agg(attname::text) FROM pg_attribute WHERE attrelid = to_regclass($1) AND attnum > 0";
    let columns: Vec<String> = transaction.query_one(columns, &[&name]).await?.get(0);
    let still = |grant: &&Grant| grant.column.as_ref().is_none_or(|column| columns.contains(column));
    for grant in grants.iter().filter(still) {
        sql.push_str(&grant.sql);
        sql.push(';');
    }
    transaction.batch_execute(&sql).await
}
