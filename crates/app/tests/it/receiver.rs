//! A receiver of webhooks on this machine that does as it is told, and what is done with it.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use quanyu_app::App;
use quanyu_app::followers;
use quanyu_app::outbox::Outbox;
use quanyu_app::timers::Timers;
use quanyu_app::webhooks::{HttpPoster, Poster, Subscribed, Subscription, Targets, WEBHOOK_NOUN};
use quanyu_domain::ids::DistrictId;
use quanyu_store::Records;
use quanyu_store::tables::TimerRow;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::mills::admin;
use crate::support::World;

/// What a receiver does with one request.
#[derive(Clone)]
pub enum Reply {
    Status(u16),
    Redirect(String),
    /// Nothing, ever.
    Hang,
    /// Success, and then bytes without end.
    Endless,
}

/// A request as a receiver sees it: the head, the body.
pub type Request = (String, String);

/// A receiver on this machine.
pub struct Receiver {
    pub url: String,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl Receiver {
    /// Does with the nth request what the nth reply says, and with all later ones what the last says.
    pub async fn new(replies: Vec<Reply>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = requests.clone();
        tokio::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                let (seen, replies) = (seen.clone(), replies.clone());
                tokio::spawn(async move {
                    while let Some(request) = read(&mut stream).await {
                        let nth = {
                            let mut seen = seen.lock().unwrap();
                            seen.push(request);
                            seen.len() - 1
                        };
                        answer(&mut stream, &replies[nth.min(replies.len() - 1)]).await;
                    }
                });
            }
        });
        Self { url, requests }
    }

    pub fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }
}

async fn read(stream: &mut tokio::net::TcpStream) -> Option<Request> {
    let mut bytes = Vec::new();
    loop {
        let mut some = [0; 4096];
        let read = stream.read(&mut some).await.ok().filter(|read| *read > 0)?;
        bytes.extend_from_slice(&some[..read]);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            continue;
        };
        let length: usize = header(head, "content-length").unwrap().parse().unwrap();
        if body.len() >= length {
            return Some((head.to_owned(), body.to_owned()));
        }
    }
}

async fn answer(stream: &mut tokio::net::TcpStream, reply: &Reply) {
    let text = match reply {
        Reply::Status(status) => format!("HTTP/1.1 {status} Said\r\ncontent-length: 2\r\n\r\nok"),
        Reply::Redirect(to) => format!("HTTP/1.1 302 Found\r\nlocation: {to}\r\ncontent-length: 0\r\n\r\n"),
        Reply::Hang => return std::future::pending().await,
        Reply::Endless => {
            let head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
            let piece = format!("1000\r\n{}\r\n", "x".repeat(0x1000));
            let mut sending = stream.write_all(head.as_bytes()).await;
            while sending.is_ok() {
                sending = stream.write_all(piece.as_bytes()).await;
            }
            return;
        }
    };
    let _ = stream.write_all(text.as_bytes()).await;
}

pub fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines().find_map(|line| {
        let (found, value) = line.split_once(':')?;
        found.eq_ignore_ascii_case(name).then_some(value.trim())
    })
}

/// Receivers of these tests are on this machine.
pub fn here() -> Targets {
    Targets {
        http_hosts: BTreeSet::from(["127.0.0.1".to_owned()]),
        allow_internal: true,
    }
}

pub fn poster() -> Arc<dyn Poster> {
    Arc::new(HttpPoster::with_time_out(here(), Duration::from_millis(300)).unwrap())
}

pub fn wanted(url: &str, kinds: &[&str]) -> Subscription {
    Subscription {
        district: DistrictId(990_101),
        url: url.to_owned(),
        kinds: kinds.iter().map(|&kind| kind.to_owned()).collect(),
    }
}

/// A webhook for what is filed from now on.
pub async fn subscribed(world: &World, url: &str, kinds: &[&str]) -> Subscribed {
    let subscribed = world
        .app
        .subscribe(&admin(), &here(), wanted(url, kinds))
        .await
        .unwrap();
    fill(&world.app).await;
    subscribed
}

/// Lets the outbox take in what has happened.
pub async fn fill(app: &App) {
    followers::catch_up(app, &Outbox).await.unwrap();
}

pub async fn send(app: &Arc<App>) {
    Timers::new(app.clone(), poster()).run_due().await.unwrap();
}

pub async fn states(world: &World, webhook: &Subscribed, state: &str) -> Vec<(i64, i64, Option<String>)> {
    let rows = world
        .app
        .deliveries(&admin(), webhook.webhook.id, state, 0, 200)
        .await
        .unwrap();
    rows.into_iter()
        .map(|row| (row.position, row.attempts, row.last_reason))
        .collect()
}

pub async fn timer(world: &World, webhook: &Subscribed) -> Option<TimerRow> {
    world
        .store
        .record(vec![WEBHOOK_NOUN.into(), webhook.webhook.id.0.into()])
        .await
        .unwrap()
}
