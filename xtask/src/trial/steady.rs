//! A load that goes on whatever becomes of the servers: who is refused, or gets no answer, tries another one.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::load::{Filed, file};
use super::server::Connection;

/// Residents at once.
const RESIDENTS: usize = 16;
/// How long somebody waits who was refused.
const PATIENCE: Duration = Duration::from_millis(100);

/// Where servers are at present.
pub type Addresses = Arc<Mutex<Vec<String>>>;

/// Residents who file without end.
pub struct Steady {
    stop: Arc<AtomicBool>,
    residents: Vec<JoinHandle<Vec<(Filed, Instant)>>>,
}

impl Steady {
    /// Lets them begin; each waits so long between two cases.
    pub fn begin(addresses: &Addresses, filing: &Value, pause: Duration) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let resident = |nth: usize| {
            let (stop, addresses, filing) = (Arc::clone(&stop), Arc::clone(addresses), filing.clone());
            std::thread::spawn(move || live(nth, &stop, &addresses, &filing, pause))
        };
        Self {
            residents: (0..RESIDENTS).map(resident).collect(),
            stop,
        }
    }

    /// Lets them end; what was answered, and when, in this order.
    pub fn end(self) -> Result<Vec<(Filed, Instant)>, String> {
        self.stop.store(true, Ordering::Relaxed);
        let mut filed = Vec::new();
        for resident in self.residents {
            filed.extend(resident.join().map_err(|_| "the load failed")?);
        }
        filed.sort_by_key(|(_, at)| *at);
        Ok(filed)
    }
}

fn live(
    nth: usize,
    stop: &AtomicBool,
    addresses: &Addresses,
    filing: &Value,
    pause: Duration,
) -> Vec<(Filed, Instant)> {
    let mut filed = Vec::new();
    let mut turn = 0;
    let mut server = nth;
    while !stop.load(Ordering::Relaxed) {
        let address = {
            let addresses = addresses.lock().unwrap_or_else(PoisonError::into_inner);
            addresses[server % addresses.len()].clone()
        };
        if let Ok(mut connection) = Connection::open(&address) {
            while !stop.load(Ordering::Relaxed) {
                // Never with a file: that is another trial.
                match file(&mut connection, filing, nth, 4 * turn + 1) {
                    Ok(Some(case)) => {
                        #[allow(clippy::disallowed_methods)]
                        filed.push((case, Instant::now()));
                        turn += 1;
                        std::thread::sleep(pause);
                    }
                    Ok(None) => std::thread::sleep(PATIENCE),
                    Err(_) => break,
                }
            }
        }
        server += 1;
        std::thread::sleep(PATIENCE);
    }
    filed
}
