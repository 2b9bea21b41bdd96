//! Bringing a database up to date at a start, without hanging at what others do to it meanwhile.

use std::time::{Duration, Instant};

use quanyu_store::Schema;
use tokio_postgres::Client;

use crate::ddl;
use crate::open::OpenError;

/// How long one statement waits for a lock: meanwhile everybody who comes later waits behind it.
const LOCK_TIMEOUT: &str = "SET LOCAL lock_timeout = '3s'";

/// How long all is tried again while others stand in the way, and after how long this is said.
const PATIENCE: Duration = Duration::from_secs(120);
const SAID_AFTER: Duration = Duration::from_secs(3);

/// How long is waited before it is tried again, at first and at most.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// Makes or brings up to date everything that the schema declares, in one transaction. Two servers that start at the same
/// time wait for one another, and each for whoever holds a table that is to be changed; not for ever.
pub(crate) async fn bring_up_to_date(client: &mut Client, namespace: &str, schema: &Schema) -> Result<(), OpenError> {
    let (begun, mut pause, mut said) = (Instant::now(), FIRST_PAUSE, false);
    loop {
        let fault = match once(client, namespace, schema).await {
            Err(fault) if fault.passes() && begun.elapsed() < PATIENCE => fault,
            done => return done,
        };
        if begun.elapsed() >= SAID_AFTER && !said {
            said = true;
            tracing::warn!(
                reason = %fault,
                "等待其他连接释放数据库 waiting for others who hold what is to be changed, {} seconds at most",
                PATIENCE.as_secs()
            );
        }
        tokio::time::sleep(pause).await;
        pause = LONGEST_PAUSE.min(pause * 2);
    }
}

/// One try, of which nothing is left where it fails. Copying and making indexes takes as long as it takes.
async fn once(client: &mut Client, namespace: &str, schema: &Schema) -> Result<(), OpenError> {
    let transaction = client.transaction().await?;
    let limits = format!("SET LOCAL statement_timeout = 0; {LOCK_TIMEOUT}");
    transaction.batch_execute(&limits).await?;
    ddl::bring_up_to_date(&transaction, namespace, schema).await?;
    Ok(transaction.commit().await?)
}
