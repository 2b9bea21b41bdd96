//! Putting engine, keys and application together.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use jiff::tz::Offset;
use quanyu_api::ApiConfig;
use quanyu_app::App;
use quanyu_app::blobs::Blobs;
use quanyu_app::followers::{self, seals};
use quanyu_app::guard::Guard;
use quanyu_app::passwords::PasswordRules;
use quanyu_app::ports::{Clock, Ids, Random, SystemClock, SystemRandom};
use quanyu_app::refresh::Refresher;
use quanyu_app::sessions::SignInPolicy;
use quanyu_app::tables::schema;
use quanyu_app::timers::Timers;
use quanyu_app::vault::Vault;
use quanyu_app::webhooks::{HttpPoster, Targets};
use quanyu_protocols::open311;
use quanyu_store::{Store, StoreError, carry};
use quanyu_web::WebConfig;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::database::Address;
use crate::key_file::Keys;
use crate::settings::Settings;

/// Why they cannot be put together.
#[derive(Debug, thiserror::Error)]
pub enum WiringError {
    /// The database in the data folder.
    #[error(transparent)]
    Embedded(#[from] quanyu_store_sqlite::OpenError),
    /// The database on a server.
    #[error(transparent)]
    Server(#[from] quanyu_store_postgres::OpenError),
    /// The database does not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The database holds half of another.
    #[error("this database was half filled by `quanyu {0}`: run the same command again first")]
    HalfFilled(&'static str),
    /// The numbers of two programs could be the same.
    #[error("{} work on this database already: numbers differ by the digit of their server (--node)",
        .0.map_or("ten servers and commands".to_owned(), |node| format!("others with the digit {node}")))]
    Node(Option<u32>),
    /// The file of keys.
    #[error("root key {path}: {what}", path = .path.display())]
    Key {
        /// The file.
        path: PathBuf,
        /// What is wrong and what to do.
        what: String,
    },
    /// A folder.
    #[error("{path}: {fault}", path = .path.display())]
    Folder {
        /// Which.
        path: PathBuf,
        /// What the system says.
        fault: std::io::Error,
    },
    /// The client that posts to webhooks.
    #[error("cannot set up TLS for webhooks: {0}")]
    Poster(String),
}

/// China has one time, without summer time: the numbers of cases are told in it.
pub const OFFSET: Offset = Offset::constant(8);

/// How often what has run out is swept away.
const SWEEP_EVERY: Duration = Duration::from_secs(600);

/// Change sets that share a transaction at most while much is taken in.
const FILLING_GROUP: usize = 4096;

/// What marks a database that the demonstration has half filled.
pub const DEMONSTRATION: &str = "demonstration";

/// The folder of attachments in a data folder.
pub fn attachments(data: &Path) -> PathBuf {
    data.join("attachments")
}

/// How a store is to be opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum For {
    /// To serve, or for a command that may run beside servers where the engine allows it.
    Use,
    /// For a command that makes everything anew: nobody else may have it open meanwhile.
    Alone,
    /// To take in much at once, with more memory than a server takes; on a server alone as well.
    Filling,
}

/// Opens data folder and database, making what is missing. Rules are not loaded yet.
pub async fn open(settings: &Settings) -> Result<App, WiringError> {
    open_with(settings, For::Use, Arc::new(SystemClock)).await
}

/// The same for a command that makes everything anew.
pub async fn open_alone(settings: &Settings) -> Result<App, WiringError> {
    open_with(settings, For::Alone, Arc::new(SystemClock)).await
}

/// Opens them to fill them with much at once, on a clock of its own.
pub async fn open_for_filling(settings: &Settings, clock: Arc<dyn Clock>) -> Result<App, WiringError> {
    open_with(settings, For::Filling, clock).await
}

/// Opens the engine that the settings name.
pub async fn open_store(settings: &Settings, what_for: For) -> Result<Arc<dyn Store>, WiringError> {
    match &settings.database {
        None => open_embedded(&settings.data, what_for).await,
        Some(address) => open_server(address, settings.connections, what_for).await,
    }
}

/// Opens the database in a data folder.
pub async fn open_embedded(data: &Path, what_for: For) -> Result<Arc<dyn Store>, WiringError> {
    use quanyu_store_sqlite::{Options, SqliteStore};
    let usual = Options::default();
    let options = match what_for {
        For::Use | For::Alone => usual,
        For::Filling => Options {
            writer_cache: 256 << 20,
            checkpoint_after: 256 << 20,
            group: FILLING_GROUP,
            ..usual
        },
    };
    Ok(Arc::new(SqliteStore::open(data, schema(), options).await?))
}

/// Opens a database on a server.
pub async fn open_server(address: &Address, connections: usize, what_for: For) -> Result<Arc<dyn Store>, WiringError> {
    use quanyu_store_postgres::{Options, PostgresStore};
    let usual = Options {
        connections,
        ..Options::default()
    };
    let options = match what_for {
        For::Use => usual,
        For::Alone => Options { alone: true, ..usual },
        For::Filling => Options {
            group: FILLING_GROUP,
            alone: true,
            ..usual
        },
    };
    Ok(Arc::new(
        PostgresStore::open(address.secret(), schema(), options).await?,
    ))
}

/// Opens a database on a server for reading as of this moment, while servers go on.
pub async fn open_moment(address: &Address) -> Result<Arc<dyn Store>, WiringError> {
    use quanyu_store_postgres::{Options, PostgresStore};
    let opened = PostgresStore::open_moment(address.secret(), schema(), Options::default());
    Ok(Arc::new(opened.await?))
}

async fn open_with(settings: &Settings, what_for: For, clock: Arc<dyn Clock>) -> Result<App, WiringError> {
    make_folder(&settings.data)?;
    let store = open_store(settings, what_for).await?;
    if let Some(command) = half_filled(store.as_ref(), what_for).await? {
        store.close().await;
        return Err(WiringError::HalfFilled(command));
    }
    let folder = attachments(&settings.data);
    let blobs = Blobs::folder(&folder).map_err(|fault| WiringError::Folder { path: folder, fault })?;
    let random = Arc::new(SystemRandom);
    let mut start = [0; 4];
    random.fill(&mut start);
    let node = match store.digit(settings.node).await {
        Ok(Some(node)) => node,
        other => {
            store.close().await;
            return Err(other.map_or_else(WiringError::from, |_| WiringError::Node(settings.node)));
        }
    };
    let ids = Ids::of(OFFSET, node, u32::from_le_bytes(start));
    Ok(App::new(
        store,
        clock,
        ids,
        random,
        vault(settings)?,
        blobs,
        sign_in_policy(settings),
    ))
}

/// The command that has half filled a store and must come again, where one has.
async fn half_filled(store: &dyn Store, what_for: For) -> Result<Option<&'static str>, WiringError> {
    if carry::is_unfinished(store).await? {
        return Ok(Some("move` or `quanyu restore"));
    }
    let demonstration = what_for != For::Filling && carry::is_marked(store, DEMONSTRATION).await?;
    Ok(demonstration.then_some("demo"))
}

/// Empties a database that holds an unfinished demonstration, and nothing else; whether it did.
pub async fn empty_unfinished_demonstration(address: &Address) -> Result<bool, WiringError> {
    use quanyu_store_postgres::{Options, PostgresStore};
    let (schema, options) = (schema(), Options::default());
    Ok(PostgresStore::empty_if_marked(address.secret(), &schema, &options, DEMONSTRATION).await?)
}

fn sign_in_policy(settings: &Settings) -> SignInPolicy {
    let days = i64::from(settings.password_days);
    let policy = settings.sign_in.clone();
    SignInPolicy {
        passwords: PasswordRules {
            changed_every: (days > 0).then(|| SignedDuration::from_hours(days * 24)),
            ..policy.passwords
        },
        ..policy
    }
}

/// The vault over the file of keys; a root key is made where the file is missing.
pub fn vault(settings: &Settings) -> Result<Vault, WiringError> {
    let path = &settings.key_file;
    let keys = match Keys::read(path)? {
        Some(keys) => keys,
        None => {
            if let Some(folder) = path.parent() {
                make_folder(folder)?;
            }
            let keys = Keys::fresh();
            keys.write(path)?;
            keys
        }
    };
    Ok(keys.vault())
}

fn make_folder(path: &Path) -> Result<(), WiringError> {
    std::fs::create_dir_all(path).map_err(|fault| WiringError::Folder {
        path: path.to_owned(),
        fault,
    })
}

/// What runs beside the server: followers of the journal, timers, seals to elsewhere, sweeping.
pub fn background(
    settings: &Settings,
    app: &Arc<App>,
    stop: &CancellationToken,
) -> Result<Vec<JoinHandle<()>>, WiringError> {
    let poster = HttpPoster::new(targets(settings)).map_err(|fault| WiringError::Poster(fault.to_string()))?;
    let timers = Timers::new(Arc::clone(app), Arc::new(poster));
    let mut tasks = vec![tokio::spawn({
        let stop = stop.clone();
        async move { timers.run(stop).await }
    })];
    tasks.push(tokio::spawn({
        let (app, stop) = (Arc::clone(app), stop.clone());
        async move { followers::run_all(&app, followers::all(), &stop).await }
    }));
    tasks.push(tokio::spawn(Refresher::new(app).run(Arc::clone(app), stop.clone())));
    if let Some(folder) = settings.seal_export.clone() {
        tasks.push(tokio::spawn(seals::run_exports(Arc::clone(app), folder, stop.clone())));
    }
    tasks.push(tokio::spawn(sweep(Arc::clone(app), stop.clone())));
    Ok(tasks)
}

/// Where webhooks may post to.
fn targets(settings: &Settings) -> Targets {
    Targets {
        allow_internal: settings.allow_internal_webhooks,
        ..Targets::default()
    }
}

/// Sweeps away what has run out: attachments that nothing came to refer to, sessions that ended.
async fn sweep(app: Arc<App>, stop: CancellationToken) {
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(SWEEP_EVERY) => {}
        }
        let now = app.now();
        if let Err(fault) = app.sweep_attachments(now).await {
            tracing::warn!(%fault, "attachments cannot be swept");
        }
        if let Err(fault) = app.sweep_sessions(now).await {
            tracing::warn!(%fault, "sessions cannot be swept");
        }
    }
}

/// Everything that is served over HTTP: to everybody, and to a monitoring system.
pub fn routers(settings: &Settings, app: &Arc<App>) -> (axum::Router, axum::Router) {
    let config = api_config(settings);
    let open311 = open311::Config {
        public_origin: config.public_origin.clone(),
        guard: Arc::clone(&config.guard),
    };
    let others = open311::router(Arc::clone(app), open311);
    let metrics = quanyu_api::metrics_router(Arc::clone(app), Arc::clone(&config.metrics), Arc::clone(&config.guard));
    let web = WebConfig {
        https_only: config.secure_cookies,
        base_map: settings.base_map.clone(),
    };
    let served = quanyu_api::router_beside(Arc::clone(app), config, others);
    let served = served.layer(axum::middleware::from_fn(open311::in_its_words));
    (quanyu_web::over(served, web), metrics)
}

/// What the HTTP interface is told.
fn api_config(settings: &Settings) -> ApiConfig {
    let proxies = settings.trusted_proxies.clone();
    let guard = match &settings.limits {
        Some(limits) => Guard::new(limits.clone(), proxies),
        None => Guard::unlimited(proxies),
    };
    ApiConfig {
        secure_cookies: settings.secure_cookies,
        public_origin: settings.public_origin.clone(),
        webhook_targets: targets(settings),
        guard: Arc::new(guard),
        ..ApiConfig::default()
    }
}
