//! The primary of two clusters is lost under the load of two servers, and its standby takes its place.

use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::load::{filing, holds_together_on, missing_at};
use super::server::{Connection, Server, fill_on, program};
use super::steady::Steady;
use super::{Folder, progress};
use crate::postgres::cluster::Cluster;

/// Within which the service must be back once the standby is the primary.
const SOON: f64 = 15.0;

/// Stops the primary under load, promotes the standby, and looks for what was answered.
pub fn failover(root: &Path, folder: &Folder) -> Result<String, String> {
    let data = folder.join("data");
    // Made without a standby, for nothing could be committed before there is one.
    let one = Cluster::primary(&folder.join("one"), true)?;
    let two = Cluster::standby(&folder.join("two"), &one)?;
    let address = Cluster::address(&[&one, &two]);
    let on = ["--database", address.as_str()];
    let password = fill_on(root, &data, &on)?;
    let serve = |_| {
        let mut command = Command::new(program(root));
        command
            .args(["demo", "--log", "off", "--data"])
            .arg(&data)
            .args(on)
            .current_dir(root);
        Server::serving(command)
    };
    let servers: Vec<Server> = (0..2).map(serve).collect::<Result<_, _>>()?;
    let addresses: Vec<String> = servers.iter().map(|server| server.address.clone()).collect();
    let filing = filing(&addresses[0])?;
    let load = Steady::begin(&Arc::new(Mutex::new(addresses.clone())), &filing, Duration::ZERO);
    progress("cases are filed; the primary is lost in 5 s");
    std::thread::sleep(Duration::from_secs(5));
    let lost_at = Instant::now();
    one.stop_at_once()?;
    // As long as whoever watches needs to notice.
    std::thread::sleep(Duration::from_secs(3));
    two.promote()?;
    progress("the standby is promoted");
    let promoted_at = Instant::now();
    std::thread::sleep(Duration::from_secs_f64(SOON + 5.0));
    let filed = load.end()?;
    let before = filed.iter().filter(|(_, at)| *at < lost_at).count();
    let back = filed.iter().map(|(_, at)| *at).find(|at| *at > promoted_at);
    let back = back
        .ok_or("the service did not come back")?
        .duration_since(promoted_at)
        .as_secs_f64();
    let filed: Vec<_> = filed.into_iter().map(|(filed, _)| filed).collect();
    let mut lost = 0;
    for address in &addresses {
        // Each of them, by itself: ready, and with every case.
        Connection::open(address)?.get("/readyz")?;
        lost += missing_at(address, &password, &filed)?;
    }
    drop(servers);
    progress("the seals are verified, and what follows from the journal is compared with what is rebuilt from it");
    holds_together_on(root, &data, &on)?;
    if before == 0 || lost > 0 || back > SOON {
        return Err(format!(
            "{lost} of {} answered cases are lost ({before} from before); back {back:.1} s after the promotion",
            filed.len()
        ));
    }
    Ok(format!(
        "{{\"trial\":\"failover\",\"answered\":{},\"answered_before\":{before},\"lost\":0,\"back_seconds\":{back:.1}}}",
        filed.len()
    ))
}
