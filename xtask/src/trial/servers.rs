//! Two servers on one database, one of which is killed every few seconds: what was answered is there, what time asks for
//! happens once and soon, and whoever is told of events is told of each.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::load::{filing, holds_together_on, missing_at};
use super::receiver::Receiver;
use super::server::{Connection, Server, fill_on, program};
use super::steady::Steady;
use super::{Folder, copy, progress};
use crate::postgres::cluster::Cluster;
use crate::run::told;

/// How often one of them dies.
const EVERY: Duration = Duration::from_secs(10);
/// How long it is gone.
const GONE: Duration = Duration::from_secs(2);
/// How long each of the residents waits between two cases: the load is steady, and leaves the followers their turn.
const PAUSE: Duration = Duration::from_millis(100);
/// The limit that runs out during the trial, in minutes: waking a case is what its timer asks for.
const LIMIT: u32 = 1;
/// Within which another server must have taken over what a killed one had in hand, in seconds.
const SOON: f64 = 10.0;
/// How long the last deliveries may take.
const DRAINED: Duration = Duration::from_secs(60);
/// Who may make webhooks.
const ADMINISTRATOR: &str = "sysadmin1";

/// Kills one of two servers `rounds` times under load, and starts it again.
pub fn servers(root: &Path, folder: &Folder, rounds: usize) -> Result<String, String> {
    let data = folder.join("data");
    let cluster = Cluster::primary(&folder.join("cluster"), false)?;
    let sources = hurried(root, &folder.join("sources"))?.display().to_string();
    let address = Cluster::address(&[&cluster]);
    let on = ["--database", address.as_str()];
    let filling = [&on[..], &["--sources", &sources]].concat();
    let password = fill_on(root, &data, &filling)?;
    let serve = || {
        let mut command = Command::new(program(root));
        command.args(["demo", "--log", "off", "--allow-internal-webhooks", "--data"]);
        command.arg(&data).args(&filling).current_dir(root);
        Server::serving(command)
    };
    let mut servers = vec![serve()?, serve()?];
    let receiver = Receiver::listen()?;
    let (webhook, place) = subscribe(&servers[0], &password, &receiver.url)?;
    let mut filing = filing(&servers[0].address)?;
    filing["position"] = place;
    let addresses = Arc::new(Mutex::new(
        servers.iter().map(|server| server.address.clone()).collect::<Vec<_>>(),
    ));
    progress(&format!(
        "two servers work on {}; one dies every {} s",
        cluster.shown(),
        EVERY.as_secs()
    ));
    let load = Steady::begin(&addresses, &filing, PAUSE);
    for round in 0..rounds {
        std::thread::sleep(EVERY - GONE);
        let which = round % 2;
        servers.remove(which).kill()?;
        std::thread::sleep(GONE);
        let again = serve()?;
        addresses.lock().unwrap_or_else(PoisonError::into_inner)[which].clone_from(&again.address);
        servers.insert(which, again);
        let deliveries = receiver.seen().len();
        progress(&format!(
            "{} of {rounds} killed; {deliveries} deliveries so far",
            round + 1
        ));
    }
    let filed: Vec<_> = load.end()?.into_iter().map(|(filed, _)| filed).collect();
    // Every timer that was due by now, and every delivery, has its time to happen.
    let expected = drained(&cluster, webhook, &receiver)?;
    progress(&format!("{} cases are looked for", filed.len()));
    let lost = missing_at(&servers[1].address, &password, &filed)?;
    drop(servers);
    progress("the seals are verified, and what follows from the journal is compared with what is rebuilt from it");
    holds_together_on(root, &data, &on)?;
    let found = Found {
        answered: filed.len(),
        lost,
        timers: Timers::of(&cluster)?,
        deliveries: expected.len(),
        told_after: told_after(&cluster)?,
        missed: expected.iter().filter(|id| !receiver.seen().contains_key(*id)).count(),
        unknown: receiver.seen().keys().filter(|id| !expected.contains(*id)).count(),
        repeats: receiver.seen().values().map(|times| times - 1).sum(),
    };
    found.judged(rounds)
}

/// What came of it.
struct Found {
    answered: usize,
    lost: usize,
    timers: Timers,
    deliveries: usize,
    /// How long after its event the latest delivery was taken, in seconds.
    told_after: f64,
    missed: usize,
    unknown: usize,
    repeats: usize,
}

impl Found {
    fn judged(&self, rounds: usize) -> Result<String, String> {
        let Timers { taken, twice, latest } = self.timers;
        let report = json!({
            "trial": "servers", "rounds": rounds, "answered": self.answered, "lost": self.lost,
            "timers": taken, "timers_twice": twice, "timers_latest_seconds": latest,
            "deliveries": self.deliveries, "deliveries_missed": self.missed, "deliveries_unknown": self.unknown,
            "deliveries_repeated": self.repeats, "deliveries_latest_seconds": self.told_after,
        });
        let some = self.answered > 0 && self.deliveries > 0 && (taken > 0 || rounds < 8);
        let none = self.lost + twice + self.missed + self.unknown == 0;
        if some && none && latest.max(self.told_after) <= SOON {
            Ok(report.to_string())
        } else {
            Err(format!(
                "{report}\nnothing may be lost, twice, missed or unknown, and no timer or delivery later than {SOON} s"
            ))
        }
    }
}

fn told_after(cluster: &Cluster) -> Result<f64, String> {
    let latest = cluster.ask(
        "SELECT coalesce(max(extract(epoch FROM delivered_at - at)), 0)
         FROM quanyu.delivery JOIN quanyu.journal USING (position)",
    )?;
    latest.parse().map_err(|fault| format!("{latest}: {fault}"))
}

/// What the program did by itself.
struct Timers {
    taken: usize,
    twice: usize,
    /// How much after its time the latest was, in seconds.
    latest: f64,
}

impl Timers {
    fn of(cluster: &Cluster) -> Result<Self, String> {
        // What time asked for was done by one of them: no decision of the program stands there twice.
        let twice = cluster.ask(
            "SELECT count(*) FROM (SELECT FROM quanyu.journal WHERE noun = 'case' AND actor = 'program'
             GROUP BY id, kind, (body::jsonb - 'at')::text HAVING count(*) > 1) AS twice",
        )?;
        let all = cluster.ask(&format!(
            "SELECT count(*) || ' ' || coalesce(max(extract(epoch FROM woken.at - filed.at)) - {}, 0)
             FROM quanyu.journal AS woken JOIN quanyu.journal AS filed USING (noun, id)
             WHERE noun = 'case' AND woken.kind = 'escalated' AND filed.kind = 'filed'",
            LIMIT * 60
        ))?;
        let number = |text: &str| text.parse::<f64>().map_err(|fault| format!("{all}: {fault}"));
        let (taken, latest) = all.split_once(' ').ok_or_else(|| format!("an odd answer: {all}"))?;
        let count = |text: &str| text.parse::<usize>().map_err(|fault| format!("{text}: {fault}"));
        Ok(Self {
            taken: count(taken)?,
            twice: count(&twice)?,
            latest: number(latest)?,
        })
    }
}

/// Packs and places in which the limit for dispatching ends during the trial.
fn hurried(root: &Path, folder: &Path) -> Result<PathBuf, String> {
    for name in ["packs", "places"] {
        copy(&root.join(name), &folder.join(name))?;
    }
    let file = folder.join("packs/prompt_response/parameters.toml");
    let parameters = std::fs::read_to_string(&file).map_err(told(&file))?;
    let hurried = parameters.replacen(
        "default = \"2 work_hours\"",
        &format!("default = \"{LIMIT} urgent_minutes\""),
        1,
    );
    if hurried == parameters {
        return Err(format!(
            "{} has no limit that could end during the trial",
            file.display()
        ));
    }
    std::fs::write(&file, hurried).map_err(told(&file))?;
    Ok(folder.to_owned())
}

/// Lets the receiver be told of every case that is filed in a district; the number of the webhook, and a place there.
fn subscribe(server: &Server, password: &str, url: &str) -> Result<(i64, Value), String> {
    let mut connection = Connection::open(&server.address)?;
    let session = connection.sign_in(ADMINISTRATOR, password)?;
    let unit = session["me"]["grants"][0]["unit"]["code"].as_str().unwrap_or_default();
    let district = unit.get(..6).and_then(|code| code.parse::<u32>().ok());
    let district = district.ok_or_else(|| format!("the administrator is of no district: {session}"))?;
    let places = connection.get(&format!("/api/v1/gazetteer?q=%E8%B7%AF&area={unit}"))?;
    let at = &places["items"][0]["position"];
    let place = json!({"lon": at["lon"], "lat": at["lat"]});
    let wanted = json!({"district": district, "url": url, "kinds": ["case.filed"]}).to_string();
    let (status, made) = connection.ask("POST", "/api/v1/webhooks", "application/json", wanted.as_bytes())?;
    let id = made["id"].as_str().and_then(|id| id.replace('-', "").parse().ok());
    let id = id.ok_or_else(|| format!("no webhook is made: {status} {made}"))?;
    Ok((id, place))
}

/// Waits until every delivery came; the ids of all that there are.
fn drained(cluster: &Cluster, webhook: i64, receiver: &Receiver) -> Result<BTreeSet<String>, String> {
    let begun = Instant::now();
    let filed = format!(
        "SELECT '{webhook}.' || position FROM quanyu.journal
         WHERE noun = 'case' AND kind = 'filed' AND EXISTS
               (SELECT FROM quanyu.webhook WHERE id = {webhook} AND webhook.district = journal.district AND position > since)"
    );
    loop {
        let expected: BTreeSet<String> = cluster.ask(&filed)?.lines().map(str::to_owned).collect();
        let seen = receiver.seen();
        let waits = expected.iter().filter(|id| !seen.contains_key(*id)).count();
        if waits == 0 || begun.elapsed() > DRAINED {
            return Ok(expected);
        }
        progress(&format!("{waits} deliveries are still to come"));
        std::thread::sleep(Duration::from_secs(1));
    }
}
