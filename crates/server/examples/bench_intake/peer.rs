//! The peer on a database: a bare handler that answers when one insert of the same bytes is on disk.

use std::io::BufRead;
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use tokio_postgres::{Client, NoTls, Statement};

use crate::client::Connection;
use crate::{CONNECTIONS, Outcome};

/// Says that this process is to be the peer.
pub const ARGUMENT: &str = "--peer";
/// Connections to the database: enough that commits wait for one another's fsync.
const POOL: usize = 32;

type Pool = Arc<(Vec<(Client, Statement)>, AtomicUsize)>;

/// Serves the bare handler until the process is ended.
pub async fn serve(database: &str) -> Outcome<()> {
    let mut clients = Vec::with_capacity(POOL);
    for _ in 0..POOL {
        let (client, connection) = tokio_postgres::connect(database, NoTls).await?;
        tokio::spawn(connection);
        if clients.is_empty() {
            let table = "CREATE TABLE IF NOT EXISTS public.bench_peer (id bigserial PRIMARY KEY, body text NOT NULL)";
            client.batch_execute(table).await?;
        }
        let insert = client
            .prepare("INSERT INTO public.bench_peer (body) VALUES ($1)")
            .await?;
        clients.push((client, insert));
    }
    let pool: Pool = Arc::new((clients, AtomicUsize::new(0)));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    println!("http://{}", listener.local_addr()?);
    let router = Router::new().route("/", post(insert)).with_state(pool);
    axum::serve(listener, router).await?;
    Ok(())
}

async fn insert(State(pool): State<Pool>, body: String) -> StatusCode {
    let (clients, turn) = pool.as_ref();
    let (client, statement) = &clients[turn.fetch_add(1, Ordering::Relaxed) % clients.len()];
    match client.execute(statement, &[&body]).await {
        Ok(_) => StatusCode::CREATED,
        Err(_) => StatusCode::SERVICE_UNAVAILABLE,
    }
}

/// What the database is set to, and how many bare inserts it takes in a second over so many connections.
pub struct Peer {
    pub fsync: String,
    pub synchronous_commit: String,
    pub per_second: f64,
}

/// The peer's process, which ends with the measurement.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Measures the peer for so long, in a process of its own, as the program is.
pub async fn measure(database: &str, bodies: &Arc<Vec<String>>, long: Duration) -> Outcome<Peer> {
    let mut child = Command::new(std::env::current_exe()?)
        .args([ARGUMENT, database])
        .stdout(Stdio::piped())
        .spawn()?;
    let out = child.stdout.take().ok_or("no output")?;
    let _process = Process(child);
    let mut line = String::new();
    std::io::BufReader::new(out).read_line(&mut line)?;
    let address: SocketAddr = line.trim().trim_start_matches("http://").parse()?;
    let (mut running, begin) = (tokio::task::JoinSet::new(), Instant::now());
    for nth in 0..CONNECTIONS {
        let (bodies, mut connection) = (Arc::clone(bodies), Connection::open(address).await?);
        running.spawn(async move {
            let mut inserted = 0_u64;
            while begin.elapsed() < long {
                let body = &bodies[(nth + usize::try_from(inserted)?) % bodies.len()];
                match connection.send("POST", "/", None, Some(body)).await? {
                    201 => inserted += 1,
                    status => return Err(format!("the peer answers with {status}").into()),
                }
            }
            Outcome::Ok(inserted)
        });
    }
    let mut inserted = 0;
    while let Some(ended) = running.join_next().await {
        inserted += ended??;
    }
    let per_second = inserted as f64 / begin.elapsed().as_secs_f64();
    let (client, connection) = tokio_postgres::connect(database, NoTls).await?;
    tokio::spawn(connection);
    let set = "SELECT current_setting('fsync'), current_setting('synchronous_commit')";
    let row = client.query_one(set, &[]).await?;
    client.batch_execute("DROP TABLE public.bench_peer").await?;
    Ok(Peer {
        fsync: row.get(0),
        synchronous_commit: row.get(1),
        per_second,
    })
}
