//! Two servers on one database, one of which is killed every few seconds.

use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::Folder;
use super::cluster::Cluster;
use super::load::{filing, holds_together_on, missing, onlooker};
use super::server::{Server, fill_on, program};
use super::steady::Steady;

/// How long both live before one dies.
const EVERY: Duration = Duration::from_secs(10);

/// Kills one of two servers `rounds` times under load, and starts it again.
pub fn servers(root: &Path, folder: &Folder, rounds: usize) -> Result<String, String> {
    let data = folder.join("data");
    let cluster = Cluster::primary(&folder.join("cluster"), false)?;
    let address = Cluster::address(&[&cluster]);
    let on = ["--database", address.as_str()];
    let password = fill_on(root, &data, &on)?;
    let serve = || {
        let mut command = Command::new(program(root));
        command.args(["demo", "--log", "off", "--data"]).arg(&data).args(on);
        command.current_dir(root);
        Server::serving(command)
    };
    let mut servers = vec![serve()?, serve()?];
    let filing = filing(&servers[0].address)?;
    let addresses = Arc::new(Mutex::new(
        servers.iter().map(|server| server.address.clone()).collect::<Vec<_>>(),
    ));
    let load = Steady::begin(&addresses, &filing);
    for round in 0..rounds {
        std::thread::sleep(EVERY);
        let which = round % 2;
        servers.remove(which).kill()?;
        std::thread::sleep(EVERY / 5);
        let again = serve()?;
        addresses.lock().unwrap_or_else(PoisonError::into_inner)[which].clone_from(&again.address);
        servers.insert(which, again);
    }
    let filed: Vec<_> = load.end()?.into_iter().map(|(filed, _)| filed).collect();
    let lost = missing(&mut onlooker(&servers[1], &password)?, &filed)?;
    drop(servers);
    // What time asked for was done by one of them: no decision of the program stands there twice.
    let twice = cluster.ask(
        "SELECT count(*) FROM (SELECT FROM quanyu.journal WHERE noun = 'case' AND actor = 'program'
         GROUP BY id, kind, body::jsonb - 'at' HAVING count(*) > 1) AS twice",
    )?;
    holds_together_on(root, &data, &on)?;
    if filed.is_empty() || lost > 0 || twice != "0" {
        return Err(format!(
            "{lost} of {} answered cases are lost; {twice} timers took effect twice",
            filed.len()
        ));
    }
    Ok(format!(
        "{{\"trial\":\"servers\",\"rounds\":{rounds},\"answered\":{},\"lost\":0,\"timers_twice\":0}}",
        filed.len()
    ))
}
