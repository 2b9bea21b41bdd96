//! What a monitoring system reads (Prometheus' text format, version 0.0.4): requests by route and status, and how the
//! program is doing. It is served at an address of its own, never with the API.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use quanyu_app::App;
use quanyu_app::guard::Guard;
use quanyu_app::vitals::Vitals;

/// Upper bounds of the buckets of latency, in milliseconds.
const BUCKETS: [u64; 11] = [1, 2, 5, 10, 25, 50, 100, 250, 500, 1000, 5000];

/// Requests that were answered, by method, route and status: as many rows as the API has doors.
#[derive(Debug, Default)]
pub struct Metrics {
    answered: Mutex<BTreeMap<(&'static str, String, u16), Latencies>>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Latencies {
    buckets: [u64; BUCKETS.len()],
    count: u64,
    microseconds: u64,
}

impl Metrics {
    /// Counts an answer. The route is that which was declared: what stands in a path has no place in figures.
    pub fn answered(&self, method: &Method, route: &str, status: StatusCode, took: Duration) {
        let mut answered = self.answered.lock().unwrap_or_else(PoisonError::into_inner);
        let row = answered
            .entry((method_name(method), route.to_owned(), status.as_u16()))
            .or_default();
        for (bucket, bound) in row.buckets.iter_mut().zip(BUCKETS) {
            *bucket += u64::from(took <= Duration::from_millis(bound));
        }
        row.count += 1;
        row.microseconds += u64::try_from(took.as_micros()).unwrap_or(0);
    }

    fn write(&self, out: &mut Page) {
        let name = "quanyu_http_request_duration_seconds";
        out.about(
            name,
            "histogram",
            "Requests by route and status, and how long they took.",
        );
        let answered = self.answered.lock().unwrap_or_else(PoisonError::into_inner);
        for ((method, route, status), row) in answered.iter() {
            let labels = format!("method=\"{method}\",route=\"{route}\",status=\"{status}\"");
            for (bucket, bound) in row.buckets.iter().zip(BUCKETS) {
                let bound = seconds(bound * 1000);
                out.line(&format!("{name}_bucket{{{labels},le=\"{bound}\"}}"), bucket);
            }
            out.line(&format!("{name}_bucket{{{labels},le=\"+Inf\"}}"), row.count);
            out.line(&format!("{name}_sum{{{labels}}}"), seconds(row.microseconds));
            out.line(&format!("{name}_count{{{labels}}}"), row.count);
        }
    }
}

/// The methods that there are: a client may call its own whatever it likes.
fn method_name(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "DELETE" => "DELETE",
        "PATCH" => "PATCH",
        "OPTIONS" => "OPTIONS",
        _ => "other",
    }
}

fn seconds(microseconds: u64) -> String {
    format!("{}.{:06}", microseconds / 1_000_000, microseconds % 1_000_000)
}

/// A page in Prometheus' format.
#[derive(Default)]
struct Page(String);

impl Page {
    fn about(&mut self, name: &str, kind: &str, help: &str) {
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    fn line(&mut self, name: &str, value: impl std::fmt::Display) {
        let _ = writeln!(self.0, "{name} {value}");
    }

    fn one(&mut self, name: &str, kind: &str, help: &str, value: impl std::fmt::Display) {
        self.about(name, kind, help);
        self.line(name, value);
    }

    fn figures(&mut self, figures: &Vitals) {
        self.one(
            "quanyu_journal_position",
            "gauge",
            "Last position of the journal.",
            figures.last_position,
        );
        let lag = "quanyu_follower_lag_events";
        self.about(
            lag,
            "gauge",
            "By how many events a follower of the journal lags behind.",
        );
        for (follower, behind) in &figures.lag {
            self.line(&format!("{lag}{{follower=\"{follower}\"}}"), behind);
        }
        let counts = figures.counts;
        for (name, help, value) in [
            ("sets", "Change sets that were committed.", counts.sets),
            (
                "transactions",
                "Transactions in which they were; the quotient is the size of a group.",
                counts.transactions,
            ),
            ("failed_transactions", "Transactions that failed.", counts.failed),
        ] {
            self.one(&format!("quanyu_store_{name}_total"), "counter", help, value);
        }
        let trouble = u8::from(figures.trouble.is_some());
        self.one("quanyu_store_trouble", "gauge", "1 while commits fail.", trouble);
        self.one(
            "quanyu_store_bytes",
            "gauge",
            "Bytes that the database takes.",
            figures.bytes,
        );
        for (name, help, value) in [
            (
                "timers_overdue",
                "Timers that were to go off already, counted to 10000.",
                figures.timers_overdue,
            ),
            (
                "outbox_waiting",
                "Deliveries that wait, counted to 10000.",
                figures.outbox_waiting,
            ),
            (
                "outbox_given_up",
                "Deliveries that were given up, counted to 10000.",
                figures.outbox_given_up,
            ),
            (
                "sessions",
                "Sessions whose time is not up, counted to 10000.",
                figures.sessions,
            ),
        ] {
            self.one(&format!("quanyu_{name}"), "gauge", help, value);
        }
        if let Some(next) = figures.next_timer {
            let name = "quanyu_timer_next_timestamp_seconds";
            self.one(name, "gauge", "When the next timer goes off.", next.as_second());
        }
    }
}

/// What the page is made of.
#[derive(Clone)]
struct Watched {
    app: Arc<App>,
    metrics: Arc<Metrics>,
    guard: Arc<Guard>,
}

/// `GET /metrics`, for a listener of its own.
pub fn metrics_router(app: Arc<App>, metrics: Arc<Metrics>, guard: Arc<Guard>) -> Router {
    let watched = Watched { app, metrics, guard };
    Router::new().route("/metrics", get(page)).with_state(watched)
}

async fn page(State(watched): State<Watched>) -> Response {
    let mut page = Page::default();
    watched.metrics.write(&mut page);
    page.one(
        "quanyu_http_in_hand",
        "gauge",
        "Requests that are being answered.",
        watched.guard.in_hand(),
    );
    // A store that does not answer is a figure too.
    let figures = watched.app.vitals().await;
    page.one(
        "quanyu_store_up",
        "gauge",
        "1 while the store answers.",
        u8::from(figures.is_ok()),
    );
    match &figures {
        Ok(figures) => page.figures(figures),
        Err(fault) => tracing::warn!(%fault, "the store gives no figures"),
    }
    ([(CONTENT_TYPE, "text/plain; version=0.0.4")], page.0).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_counted_in_buckets() {
        let metrics = Metrics::default();
        let get = |ms| metrics.answered(&Method::GET, "/api/v1/cases", StatusCode::OK, Duration::from_millis(ms));
        [1, 7, 7, 9000].into_iter().for_each(get);
        let odd = Method::from_bytes(b"BREW").unwrap();
        metrics.answered(&odd, "-", StatusCode::NOT_FOUND, Duration::ZERO);
        let mut page = Page::default();
        metrics.write(&mut page);
        let labels = "method=\"GET\",route=\"/api/v1/cases\",status=\"200\"";
        for (le, count) in [
            ("0.001000", 1),
            ("0.005000", 1),
            ("0.010000", 3),
            ("5.000000", 3),
            ("+Inf", 4),
        ] {
            let line = format!("quanyu_http_request_duration_seconds_bucket{{{labels},le=\"{le}\"}} {count}\n");
            assert!(page.0.contains(&line), "{line}{}", page.0);
        }
        let sum = format!("quanyu_http_request_duration_seconds_sum{{{labels}}} 9.015000\n");
        assert!(page.0.contains(&sum), "{}", page.0);
        assert!(page.0.contains("method=\"other\",route=\"-\""), "{}", page.0);
    }
}
