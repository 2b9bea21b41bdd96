//! Views for reporting tools, in a namespace of their own: plain columns, no texts, no persons, no confidential case.
//! Whoever may read them needs no right to the tables beneath.

use quanyu_store::Schema;
use tokio_postgres::Transaction;

use crate::open::OpenError;
use crate::sql::{literal, quoted};

/// A view, made where the schema has the columns that it reads.
struct View {
    name: &'static str,
    doc: &'static str,
    /// The table that it reads, and columns of it.
    reads: (&'static str, &'static [&'static str]),
    /// The query; the tables' namespace is on the search path while it is made.
    query: &'static str,
}

/// Times are moments; days of the figures are local days, as they were counted.
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
        query: r#"SELECT district, to_char(id, 'FM000000"-"000000"-"000000') AS number, case_type, phase, state, demand,
                       channel, matter, area, lead, filed_at, due_at, closed_at, open, version AS decisions
                FROM "case" WHERE NOT (body::jsonb ? 'confidential')"#,
    },
    View {
        name: "case_events",
        doc: "What happened to these cases (流水), in the order of the journal: neither who did it nor why.",
        reads: ("case", &["district", "id", "body"]),
        query: r#"SELECT happened.position, happened.district, to_char(happened.id, 'FM000000"-"000000"-"000000') AS number,
                       happened.kind, happened.at
                FROM journal AS happened
                JOIN "case" AS one ON one.district = happened.district AND one.id = happened.id
                WHERE happened.noun = 'case' AND NOT (one.body::jsonb ? 'confidential')"#,
    },
    View {
        name: "rates_daily",
        doc: "What was counted for each unit on each day (指标), one row for each measure; rates are one measure over another.",
        reads: ("tally", &["district", "unit", "relation", "cut", "period", "counts"]),
        query: r#"SELECT tally.district, tally.unit, tally.relation, tally.period::date AS day, counted.key AS measure,
                       counted.value::numeric AS amount
                FROM tally, jsonb_each_text(tally.counts::jsonb) AS counted WHERE tally.cut = 'day'"#,
    },
];

/// The namespace of the views that go with one of tables.
pub(crate) fn namespace_of(namespace: &str) -> String {
    if namespace == "quanyu" {
        "bi".to_owned()
    } else {
        format!("{namespace}_bi")
    }
}

/// Takes the views away, so that what they read can be changed.
pub(crate) async fn drop_views(transaction: &Transaction<'_>, namespace: &str) -> Result<(), OpenError> {
    let bi = quoted(&namespace_of(namespace));
    for view in &VIEWS {
        let drop = format!("DROP VIEW IF EXISTS {bi}.{}", quoted(view.name));
        transaction.batch_execute(&drop).await?;
    }
    Ok(())
}

/// Makes the views that the schema has the tables for, where they are missing or were made otherwise. A user who may not
/// make the namespace goes without them.
pub(crate) async fn make_views(
    transaction: &Transaction<'_>,
    namespace: &str,
    schema: &Schema,
) -> Result<(), OpenError> {
    let has = |view: &&View| {
        let (table, columns) = view.reads;
        let table = schema.table(table);
        table.is_some_and(|table| columns.iter().all(|column| table.column_at(column).is_some()))
    };
    let wanted: Vec<&View> = VIEWS.iter().filter(has).collect();
    let bi = namespace_of(namespace);
    let there = "SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = $1),
                        has_database_privilege(current_database(), 'CREATE')";
    let row = transaction.query_one(there, &[&bi]).await?;
    let (there, allowed): (bool, bool) = (row.get(0), row.get(1));
    if wanted.is_empty() {
        return Ok(());
    }
    if !there && !allowed {
        tracing::info!(
            namespace = bi,
            "no views for reporting: this user may not make their namespace"
        );
        return Ok(());
    }
    if !there {
        transaction
            .batch_execute(&format!("CREATE SCHEMA {}", quoted(&bi)))
            .await?;
    }
    for view in wanted {
        let name = format!("{}.{}", quoted(&bi), quoted(view.name));
        // The comment ends with what tells this form of the view from another.
        let compared = "SELECT obj_description(to_regclass($1::text), 'pg_class'), hashtext($2::text)";
        let row = transaction.query_one(compared, &[&name, &view.query]).await?;
        let comment = format!("{} [{:08x}]", view.doc, row.get::<_, i32>(1));
        if row.get::<_, Option<String>>(0).as_deref() == Some(&comment) {
            continue;
        }
        let make = format!(
            "DROP VIEW IF EXISTS {name}; CREATE VIEW {name} AS {}; COMMENT ON VIEW {name} IS {}",
            view.query,
            literal(&comment)
        );
        transaction.batch_execute(&make).await?;
    }
    Ok(())
}
