//! What the user of a database may do in it, asked before anything is changed: the server's own refusal names what it was
//! doing at that moment, not what is missing.

use tokio_postgres::{GenericClient, Transaction};

use crate::open::OpenError;
use crate::sql::quoted;

/// Refuses a user who can neither use the namespace nor make it; whether it is there.
pub(crate) async fn may_use(transaction: &Transaction<'_>, namespace: &str) -> Result<bool, OpenError> {
    let asked = "SELECT has_schema_privilege(oid, 'USAGE') FROM pg_namespace WHERE nspname = $1";
    let usable = transaction.query_opt(asked, &[&namespace]).await?;
    let asked = "SELECT quote_ident(current_user), quote_ident(current_database()),
                        has_database_privilege(current_database(), 'CREATE')";
    let row = transaction.query_one(asked, &[]).await?;
    let (user, database, may_make): (String, String, bool) = (row.get(0), row.get(1), row.get(2));
    match usable.map(|row| row.get(0)) {
        Some(true) => Ok(true),
        None if may_make => Ok(false),
        None => Err(OpenError::Right {
            lacks: format!(
                "用户 {user} 无权创建模式 {namespace} the schema {namespace} is not there: the user must own the schema, or be \
                 allowed to make it"
            ),
            remedy: format!(
                "CREATE SCHEMA {namespace} AUTHORIZATION {user}, or GRANT CREATE ON DATABASE {database} TO {user}"
            ),
        }),
        Some(false) => Err(OpenError::Right {
            lacks: format!(
                "用户 {user} 无权使用模式 {namespace} the schema {namespace} belongs to somebody else, and the user {user} may \
                 not use it"
            ),
            remedy: format!("ALTER SCHEMA {namespace} OWNER TO {user}, where it is meant for quanyu"),
        }),
    }
}

/// Refuses a user who cannot bring the tables of a namespace up to date, or copy them aside first where that is wanted.
pub(crate) async fn may_change(
    transaction: &Transaction<'_>,
    namespace: &str,
    aside: Option<&str>,
) -> Result<(), OpenError> {
    let asked = "SELECT quote_ident(current_user), quote_ident(current_database()),
                        has_database_privilege(current_database(), 'CREATE'),
                        (SELECT quote_ident(relation.relname) FROM pg_class relation
                         JOIN pg_namespace namespace ON namespace.oid = relation.relnamespace
                         WHERE namespace.nspname = $1 AND relation.relkind = 'r'
                           AND NOT pg_has_role(relation.relowner, 'USAGE') ORDER BY 1 LIMIT 1),
                        EXISTS (SELECT FROM pg_namespace WHERE nspname = $2)";
    let row = transaction.query_one(asked, &[&namespace, &aside]).await?;
    let (user, database): (String, String) = (row.get(0), row.get(1));
    if let Some(table) = row.get::<_, Option<String>>(3) {
        return Err(OpenError::Right {
            lacks: format!(
                "升级须由表的所有者进行 the database must be brought up to date, for which the user {user} must be owner of every \
                 table in {namespace}, and is not of {table}"
            ),
            remedy: format!("ALTER TABLE {namespace}.{table} OWNER TO {user}, and so for the others"),
        });
    }
    let Some(aside) = aside else { return Ok(()) };
    if row.get(4) {
        return Err(OpenError::LeftOver(aside.to_owned()));
    }
    if !row.get::<_, bool>(2) {
        return Err(OpenError::Right {
            lacks: format!(
                "升级前须将数据复制到 {aside} before the database is brought up to date it is copied into a schema {aside}, which \
                 the user {user} may not make"
            ),
            remedy: format!(
                "GRANT CREATE ON DATABASE {database} TO {user}, which can be revoked when it is done (REVOKE CREATE ON DATABASE …)"
            ),
        });
    }
    Ok(())
}

/// The version of what is stored, or nothing where there is nothing yet. Two tables have one row each, from the transaction
/// that made them; who finds another number must not guess.
pub(crate) async fn stored_version(client: &impl GenericClient, namespace: &str) -> Result<Option<i64>, OpenError> {
    let there = "SELECT to_regclass($1) IS NOT NULL";
    let mut counts = [None, None];
    for (table, count) in ["_version", "_head"].iter().zip(&mut counts) {
        let name = format!("{}.{table}", quoted(namespace));
        if client.query_one(there, &[&name]).await?.get(0) {
            let counted = format!("SELECT count(*) FROM {name}");
            *count = Some(client.query_one(&counted, &[]).await?.get::<_, i64>(0));
        }
    }
    match counts {
        [None, _] => Ok(None),
        [Some(1), Some(1)] => {
            let version = format!("SELECT version FROM {}._version", quoted(namespace));
            Ok(Some(client.query_one(&version, &[]).await?.get(0)))
        }
        [Some(1), rows] => Err(damaged(namespace, "_head", rows)),
        [rows, _] => Err(damaged(namespace, "_version", rows)),
    }
}

fn damaged(namespace: &str, table: &str, rows: Option<i64>) -> OpenError {
    OpenError::Damaged {
        table: format!("{namespace}.{table}"),
        rows: rows.unwrap_or(0),
    }
}
