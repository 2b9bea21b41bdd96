//! The load: residents who file cases, every fourth with a file, until the server is gone; and the look afterwards.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

use super::server::{Connection, Server, command};

/// Residents at once.
const RESIDENTS: usize = 16;
/// Whose eyes look afterwards.
const LOOKS: &str = "citydispatcher1";

/// What was answered to have been filed.
#[derive(Debug, Clone)]
pub struct Filed {
    number: String,
    /// Its file and how long that is.
    file: Option<(String, usize)>,
}

/// A demand in the words of the packs in force, without its text.
pub fn filing(address: &str) -> Result<Value, String> {
    let mut connection = Connection::open(address)?;
    let model = connection.get("/api/v1/model")?;
    let first = |list: &str, wanted: &dyn Fn(&Value) -> bool| -> Result<Value, String> {
        let entries = model[list].as_array();
        let found = entries.and_then(|entries| entries.iter().find(|entry| wanted(entry)));
        found
            .map(|entry| entry["name"].clone())
            .ok_or_else(|| format!("the model has no such entry of {list}"))
    };
    let places = connection.get("/api/v1/gazetteer?q=%E8%B7%AF")?;
    let at = &places["items"][0]["position"];
    Ok(json!({
        "case_type": first("case_types", &|kind| !kind["reopen_within"].is_null())?,
        "demand": first("demands", &|demand| demand["counts_in_rates"] == true)?,
        "channel": first("channels", &|channel| channel["public"] == true)?,
        "position": {"lon": at["lon"], "lat": at["lat"]},
        "evidence": [first("evidence", &|kind| kind["media"].to_string().contains("text/plain"))?],
    }))
}

/// Files until requests fail or `enough` were refused; what was answered, and how many were refused with 503.
pub fn file_until_it_ends(address: &str, filing: &Value, enough: usize) -> (Vec<Filed>, usize) {
    let refused = AtomicUsize::new(0);
    let filed = std::thread::scope(|scope| {
        let (refused, filing) = (&refused, &filing);
        let residents: Vec<_> = (0..RESIDENTS)
            .map(|resident| {
                scope.spawn(move || {
                    let mut filed = Vec::new();
                    if let Ok(mut connection) = Connection::open(address) {
                        for turn in 0.. {
                            match file(&mut connection, filing, resident, turn) {
                                Ok(Some(case)) => filed.push(case),
                                Ok(None) if refused.fetch_add(1, Ordering::Relaxed) < enough => {}
                                Ok(None) | Err(_) => break,
                            }
                        }
                    }
                    filed
                })
            })
            .collect();
        residents
            .into_iter()
            .flat_map(|resident| resident.join().unwrap_or_default())
            .collect()
    });
    (filed, refused.into_inner())
}

/// Files one case, every fourth with a file; `None` where the server refuses for now.
pub fn file(
    connection: &mut Connection,
    filing: &Value,
    resident: usize,
    turn: usize,
) -> Result<Option<Filed>, String> {
    let mut filing = filing.clone();
    let kind = filing["evidence"][0].take();
    filing["evidence"] = json!([]);
    filing["text"] = format!(
        "第{resident}位居民的第{turn}件：{}",
        "楼下的路灯不亮，请尽快修理。".repeat(20)
    )
    .into();
    let mut attached = None;
    if turn.is_multiple_of(4) {
        let bytes = format!("居民{resident}的第{turn}份材料\n").repeat(50);
        let path = format!("/api/v1/public/attachments?name=note-{resident}-{turn}.txt");
        let (status, answer) = connection.ask("POST", &path, "application/octet-stream", bytes.as_bytes())?;
        match (status, answer["id"].as_str()) {
            (201, Some(id)) => {
                filing["evidence"] = json!([{"kind": kind, "attachment": id}]);
                attached = Some((id.to_owned(), bytes.len()));
            }
            (503, _) => return Ok(None),
            _ => return Err(format!("{status} {answer}")),
        }
    }
    let body = filing.to_string();
    let (status, answer) = connection.ask("POST", "/api/v1/public/cases", "application/json", body.as_bytes())?;
    match (status, answer["number"].as_str()) {
        (201, Some(number)) => Ok(Some(Filed {
            number: number.to_owned(),
            file: attached,
        })),
        (503, _) => Ok(None),
        _ => Err(format!("{status} {answer}")),
    }
}

/// A connection of somebody who sees every case of the city.
pub fn onlooker(server: &Server, password: &str) -> Result<Connection, String> {
    onlooker_at(&server.address, password)
}

fn onlooker_at(address: &str, password: &str) -> Result<Connection, String> {
    let mut connection = Connection::open(address)?;
    connection.sign_in(LOOKS, password)?;
    Ok(connection)
}

/// How many of what was answered are not there, with their files.
pub fn missing(connection: &mut Connection, filed: &[Filed]) -> Result<usize, String> {
    let mut missing = 0;
    for case in filed {
        let path = format!("/api/v1/cases/{}", case.number);
        let (status, _) = connection.ask("GET", &path, "application/json", b"")?;
        let mut there = status == 200;
        if let Some((id, bytes)) = &case.file {
            let (status, length) =
                connection.ask("GET", &format!("{path}/attachments/{id}"), "application/json", b"")?;
            there &= status == 200 && length == *bytes;
        }
        missing += usize::from(!there);
    }
    Ok(missing)
}

/// The same over several connections, for many cases.
pub fn missing_at(address: &str, password: &str, filed: &[Filed]) -> Result<usize, String> {
    let part = filed.len().div_ceil(RESIDENTS / 2).max(1);
    std::thread::scope(|scope| {
        let looking: Vec<_> = filed
            .chunks(part)
            .map(|part| scope.spawn(move || missing(&mut onlooker_at(address, password)?, part)))
            .collect();
        let counts = looking
            .into_iter()
            .map(|looks| looks.join().map_err(|_| "the look failed".to_owned())?);
        counts.sum()
    })
}

/// Checks what nobody sees over HTTP: the seals, and that what was kept is what is rebuilt.
pub fn holds_together(root: &Path, data: &Path) -> Result<(), String> {
    holds_together_on(root, data, &[])
}

/// The same with more arguments, such as a database.
pub fn holds_together_on(root: &Path, data: &Path, on: &[&str]) -> Result<(), String> {
    command(root, data, &[&["audit", "verify"], on].concat())?;
    command(root, data, &[&["rebuild", "--verify"], on].concat()).map(|_| ())
}
