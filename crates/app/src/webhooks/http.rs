//! Posting over HTTP.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use reqwest::header::CONTENT_TYPE;
use reqwest::redirect::Policy;

use super::{DELIVERY_HEADER, Post, PostError, Poster, SIGNATURE_HEADER, Targets};

/// The longest that a receiver may take to answer.
pub const TIME_OUT: Duration = Duration::from_secs(10);
/// How much of an answer is read, so that the connection can be used again; a longer one costs the connection.
const READ_AT_MOST: usize = 64 * 1024;

/// Posts with reqwest: no redirects, no proxies, no addresses that are not allowed.
pub struct HttpPoster {
    client: reqwest::Client,
    targets: Targets,
}

impl HttpPoster {
    /// A poster that waits [`TIME_OUT`] at most.
    ///
    /// # Errors
    /// When the system has no usable TLS set-up.
    pub fn new(targets: Targets) -> Result<Self, reqwest::Error> {
        Self::with_time_out(targets, TIME_OUT)
    }

    /// A poster that waits this long at most.
    ///
    /// # Errors
    /// When the system has no usable TLS set-up.
    pub fn with_time_out(targets: Targets, time_out: Duration) -> Result<Self, reqwest::Error> {
        let client = reqwest::Client::builder()
            .timeout(time_out)
            .redirect(Policy::none())
            // A proxy would resolve names for itself, past the check of addresses.
            .no_proxy()
            .dns_resolver(Arc::new(targets.clone()))
            .user_agent(concat!("quanyu/", env!("CARGO_PKG_VERSION")))
            .pool_max_idle_per_host(1)
            .build()?;
        Ok(Self { client, targets })
    }
}

#[async_trait]
impl Poster for HttpPoster {
    async fn post(&self, post: &Post) -> Result<(), PostError> {
        // A literal address is never resolved; and what is allowed may have changed since the webhook was made.
        let url = self
            .targets
            .check(&post.url)
            .map_err(|refusal| PostError::Forbidden(refusal.en.into_owned()))?;
        let request = self
            .client
            .post(url)
            .header(CONTENT_TYPE, "application/json")
            .header(DELIVERY_HEADER, &post.delivery)
            .header(SIGNATURE_HEADER, &post.signature)
            .body(post.body.clone());
        let mut answer = request.send().await.map_err(|fault| failure(&fault))?;
        let status = answer.status();
        let mut read = 0;
        while read < READ_AT_MOST {
            match answer.chunk().await {
                Ok(Some(chunk)) => read += chunk.len(),
                // The status has come; what the rest would have been does not matter.
                Ok(None) | Err(_) => break,
            }
        }
        match status.as_u16() {
            200..=299 => Ok(()),
            redirect @ 300..=399 => Err(PostError::Redirected(redirect)),
            other => Err(PostError::Status(other)),
        }
    }
}

/// The innermost cause says most: `connection refused` and not `error sending request`.
fn failure(fault: &reqwest::Error) -> PostError {
    let mut cause: &dyn std::error::Error = fault;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    if fault.is_timeout() {
        return PostError::TimedOut;
    }
    PostError::Unreachable(cause.to_string())
}
