//! Putting engine, keys and application together.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use jiff::tz::Offset;
use quanyu_api::ApiConfig;
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
use quanyu_app::{App, AppError, beside};
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
    /// What is kept in the database does not answer as it should.
    #[error(transparent)]
    App(#[from] AppError),
    /// The folder of attachments is another database's, or nobody's.
    #[error("{path}: none of the attachments of this database are there; every server needs the same folder: name that of the \
             first with --data", path = .0.display())]
    Attachments(PathBuf),
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

/// Contents of attachments that are looked for at a start.
const SAMPLE: usize = 50;

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
    let (vault, blobs) = match beside_of(settings, store.as_ref()).await {
        Ok(found) => found,
        Err(fault) => {
            store.close().await;
            return Err(fault);
        }
    };
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
        vault,
        blobs,
        sign_in_policy(settings),
    ))
}

/// What lies beside a store: the keys that it needs, and its attachments.
async fn beside_of(settings: &Settings, store: &dyn Store) -> Result<(Vault, Blobs), WiringError> {
    let vault = vault_of(settings, store).await?;
    let folder = attachments(&settings.data);
    let blobs = Blobs::folder(&folder).map_err(|fault| WiringError::Folder {
        path: folder.clone(),
        fault,
    })?;
    look_for_attachments(store, &blobs, &folder).await?;
    Ok((vault, blobs))
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

/// The vault over the file of keys.
pub fn vault(settings: &Settings) -> Result<Vault, WiringError> {
    let keys = Keys::read(&settings.key_file)?;
    Ok(keys.ok_or_else(|| no_keys(settings, None))?.vault())
}

/// The vault with the keys that a store needs. They are made where the store holds nothing yet and there are none.
async fn vault_of(settings: &Settings, store: &dyn Store) -> Result<Vault, WiringError> {
    let is_new = store.last_position().await? == 0;
    let keys = match Keys::read(&settings.key_file)? {
        Some(keys) => keys,
        None if !is_new => return Err(no_keys(settings, beside::needed_root_key(store).await?)),
        None => {
            if let Some(folder) = settings.key_file.parent() {
                make_folder(folder)?;
            }
            let keys = Keys::fresh();
            keys.write(&settings.key_file)?;
            keys
        }
    };
    let vault = keys.vault();
    if is_new {
        return Ok(vault);
    }
    let needed = beside::settle_root_key(store, &vault).await?;
    if needed == vault.key_id() {
        return Ok(vault);
    }
    Err(WiringError::Key {
        path: settings.key_file.clone(),
        what: format!(
            "is the key {}, and this database needs {needed}: name the folder of its first server with --data, or its file of \
             keys with --key-file",
            vault.key_id()
        ),
    })
}

fn no_keys(settings: &Settings, needed: Option<String>) -> WiringError {
    let needed = needed.map_or_else(String::new, |id| format!(" ({id})"));
    WiringError::Key {
        path: settings.key_file.clone(),
        what: format!(
            "is not there, and what this database holds is sealed with it{needed}: name the folder of the first server with \
             --data, or its file of keys with --key-file"
        ),
    }
}

/// Looks whether the folder of attachments is that of the database: of a few contents, some must be there.
async fn look_for_attachments(store: &dyn Store, blobs: &Blobs, folder: &Path) -> Result<(), WiringError> {
    let looked = beside::look_for_objects(store, blobs, SAMPLE).await?;
    if looked.found_nothing() {
        return Err(WiringError::Attachments(folder.to_owned()));
    }
    if let Some(first) = looked.missing.first() {
        tracing::error!(
            folder = %folder.display(),
            missing = looked.missing.len(),
            of = looked.objects,
            first,
            "attachments are not there: every server needs the same folder; what was lost can be restored from a backup"
        );
    }
    Ok(())
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
        if let Err(fault) = app.scrub_what_is_due().await {
            tracing::warn!(%fault, "what was erased is still in files of the database");
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
