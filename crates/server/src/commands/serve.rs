//! `quanyu serve`: the district over HTTP, with its followers and timers.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::Fault;
use crate::settings::Settings;
use crate::{terminal, wiring};

/// Serves until interrupted.
pub async fn serve(settings: &Settings) -> Result<(), Fault> {
    let app = wiring::open(settings).await?;
    app.reload_rules().await?;
    if quanyu_app::rebuild::is_unfinished(&app).await? {
        return Err(Fault::Other(
            "what follows from the journal is to be made anew, for an upgrade or because a rebuild was interrupted: run \
             `quanyu rebuild` first"
                .to_owned(),
        ));
    }
    let app = Arc::new(app);
    let stop = CancellationToken::new();
    let listener = tokio::net::TcpListener::bind(settings.listen)
        .await
        .map_err(|fault| Fault::Other(format!("cannot listen on {}: {fault}", settings.listen)))?;
    let address = listener.local_addr().map_err(|fault| Fault::Other(fault.to_string()))?;
    let mut background = wiring::background(settings, &app, &stop)?;
    let (router, metrics) = wiring::routers(settings, &app);
    if let Some(address) = settings.metrics_listen {
        let listener = tokio::net::TcpListener::bind(address)
            .await
            .map_err(|fault| Fault::Other(format!("cannot listen on {address}: {fault}")))?;
        let address = listener.local_addr().map_err(|fault| Fault::Other(fault.to_string()))?;
        tracing::info!(%address, "figures are told at /metrics");
        let stopping = stop.clone();
        background.push(tokio::spawn(async move {
            let served = axum::serve(listener, metrics).with_graceful_shutdown(stopping.cancelled_owned());
            if let Err(fault) = served.await {
                tracing::error!(%fault, "figures are not told any more");
            }
        }));
    }
    terminal::say(&format!(
        "全域 quanyu: http://{address}  (API: http://{address}/api/v1/openapi.json)"
    ));
    let stopping = stop.clone();
    let watched = Arc::clone(&app);
    let served = axum::serve(listener, router.into_make_service_with_connect_info::<SocketAddr>())
        .with_graceful_shutdown(async move {
            interrupted().await;
            stopping.cancel();
            // Feeds would keep their connections for ever.
            watched.live.close();
        })
        .await;
    stop.cancel();
    for task in background {
        // A background task that panicked has been logged; the server ends all the same.
        let _ = task.await;
    }
    app.store.close().await;
    served.map_err(|fault| Fault::Other(format!("serving ended: {fault}")))
}

/// Waits for Ctrl-C or the signal that service managers send.
async fn interrupted() {
    let mut terminate = match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        Ok(terminate) => terminate,
        Err(fault) => {
            tracing::warn!(%fault, "only Ctrl-C stops this server");
            let _ = tokio::signal::ctrl_c().await;
            return;
        }
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}
