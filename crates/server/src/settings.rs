//! Settings: flags before environment before file before defaults.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use quanyu_app::guard::{InvalidNetwork, Limits, TrustedProxies};
use quanyu_app::sessions::SignInPolicy;
use quanyu_web::{BaseMap, Layer};
use serde::Deserialize;

use crate::cli::{Global, ServeArgs};
use crate::database::Address;
use crate::sign_in::{OutOfBounds, SignInSettings};

/// Where a server listens unless told otherwise.
const LISTEN: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 8630);

/// Connections to a database: two servers and a command then stay well below what PostgreSQL takes unless told otherwise.
const CONNECTIONS: usize = 8;

/// Days after which a password must be changed, as is usual for systems of the third level (GB/T 22239-2019).
const PASSWORD_DAYS: u32 = 90;

/// What the file may say. The names are those of the flags.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct File {
    data: Option<PathBuf>,
    database: Option<Address>,
    connections: Option<usize>,
    key_file: Option<PathBuf>,
    log: Option<String>,
    listen: Option<SocketAddr>,
    node: Option<u32>,
    secure_cookies: bool,
    allow_internal_webhooks: bool,
    password_days: Option<u32>,
    seal_export: Option<PathBuf>,
    public_origin: Option<String>,
    trusted_proxy: Vec<String>,
    metrics_listen: Option<SocketAddr>,
    no_limits: bool,
    limits: Limits,
    sign_in: SignInSettings,
    base_map: Vec<Layer>,
    map_approval_number: Option<String>,
}

/// Settings as they hold.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Folder of the database, attachments and keys.
    pub data: PathBuf,
    /// The database that holds the records instead.
    pub database: Option<Address>,
    /// Connections to it.
    pub connections: usize,
    /// File of the root key.
    pub key_file: PathBuf,
    /// Log filter.
    pub log: String,
    /// Whether answers and logs are JSON.
    pub json: bool,
    /// Address to listen on.
    pub listen: SocketAddr,
    /// Digit of this server; `None`: the first that no other has.
    pub node: Option<u32>,
    /// Whether the session cookie goes over HTTPS only.
    pub secure_cookies: bool,
    /// Whether webhooks may reach into the network.
    pub allow_internal_webhooks: bool,
    /// Days after which a password must be changed; 0: never.
    pub password_days: u32,
    /// Folder for each day's last seal.
    pub seal_export: Option<PathBuf>,
    /// The origin under which browsers see the server.
    pub public_origin: Option<String>,
    /// The proxies whose word about addresses is taken.
    pub trusted_proxies: TrustedProxies,
    /// How often somebody may ask; `None`: as often as they like.
    pub limits: Option<Limits>,
    /// Where figures are told.
    pub metrics_listen: Option<SocketAddr>,
    /// How people sign in.
    pub sign_in: SignInPolicy,
    /// What lies under our own maps.
    pub base_map: BaseMap,
}

/// Why settings cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The file cannot be read.
    #[error("{path}: {fault}", path = .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        fault: std::io::Error,
    },
    /// The file does not say what it should.
    #[error("{path}: {fault}", path = .path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong, with line and column.
        fault: Box<toml::de::Error>,
    },
    /// A value is out of bounds.
    #[error("node is {0}; it must be 0 to 9")]
    Node(u32),
    /// A number of connections with which nothing works, or nobody else's.
    #[error("connections is {0}; it must be 1 to 500")]
    Connections(usize),
    /// A proxy that is no address.
    #[error("trusted_proxy: {0}")]
    Proxy(#[from] InvalidNetwork),
    /// A rule of signing in that makes no sense.
    #[error(transparent)]
    SignIn(#[from] OutOfBounds),
    /// An origin that is none.
    #[error("public_origin is `{0}`; write it as https://city.example, without a path")]
    Origin(String),
    /// A base map whose tiles nobody could fetch.
    #[error("base_map: {0}")]
    BaseMap(String),
}

impl Settings {
    /// Puts flags, environment, file and defaults together.
    pub fn read(global: &Global, serve: &ServeArgs) -> Result<Self, SettingsError> {
        let file = match &global.config {
            None => File::default(),
            Some(path) => {
                let text = std::fs::read_to_string(path).map_err(|fault| SettingsError::Unreadable {
                    path: path.clone(),
                    fault,
                })?;
                toml::from_str(&text).map_err(|fault| SettingsError::Malformed {
                    path: path.clone(),
                    fault: Box::new(fault),
                })?
            }
        };
        let data = global
            .data
            .clone()
            .or(file.data)
            .unwrap_or_else(|| PathBuf::from("quanyu-data"));
        let node = serve.node.or(file.node);
        if let Some(node) = node.filter(|node| *node > 9) {
            return Err(SettingsError::Node(node));
        }
        let connections = global.connections.or(file.connections).unwrap_or(CONNECTIONS);
        if !(1..=500).contains(&connections) {
            return Err(SettingsError::Connections(connections));
        }
        let proxies = [serve.trusted_proxy.as_slice(), &file.trusted_proxy].concat();
        let proxies = proxies.iter().map(|text| text.parse()).collect::<Result<_, _>>()?;
        let public_origin = serve.public_origin.clone().or(file.public_origin);
        if let Some(origin) = public_origin.as_ref().filter(|origin| !is_origin(origin)) {
            return Err(SettingsError::Origin(origin.clone()));
        }
        let layers = if serve.base_map.is_empty() {
            file.base_map
        } else {
            vec![Layer {
                tiles: serve.base_map.clone(),
                attribution: serve.base_map_attribution.clone().unwrap_or_default(),
                max_zoom: 18,
            }]
        };
        let approved = serve.map_approval_number.clone().or(file.map_approval_number);
        Ok(Self {
            base_map: BaseMap::new(layers, approved).map_err(SettingsError::BaseMap)?,
            database: global.database.clone().or(file.database),
            connections,
            public_origin,
            trusted_proxies: TrustedProxies(proxies),
            sign_in: file.sign_in.policy()?,
            metrics_listen: serve.metrics_listen.or(file.metrics_listen),
            limits: (!serve.no_limits && !file.no_limits).then_some(file.limits),
            key_file: global
                .key_file
                .clone()
                .or(file.key_file)
                .unwrap_or_else(|| data.join("keys").join("root.key")),
            data,
            log: global.log.clone().or(file.log).unwrap_or_else(|| "info".to_owned()),
            json: global.json,
            listen: serve.listen.or(file.listen).unwrap_or(LISTEN),
            node,
            secure_cookies: serve.secure_cookies || file.secure_cookies,
            allow_internal_webhooks: serve.allow_internal_webhooks || file.allow_internal_webhooks,
            password_days: serve.password_days.or(file.password_days).unwrap_or(PASSWORD_DAYS),
            seal_export: serve.seal_export.clone().or(file.seal_export),
        })
    }
}

/// Whether a text is a scheme and a host, and nothing more.
fn is_origin(text: &str) -> bool {
    let host = ["https://", "http://"]
        .iter()
        .find_map(|scheme| text.strip_prefix(scheme));
    host.is_some_and(|host| !host.is_empty() && !host.contains(['/', '?', '#', '@', ' ']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_come_before_the_file_and_the_file_before_defaults() {
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("quanyu.toml");
        std::fs::write(&config, "listen = \"127.0.0.1:9\"\nnode = 3\nsecure_cookies = true\n").unwrap();
        let global = Global {
            config: Some(config.clone()),
            ..Global::default()
        };
        let serve = ServeArgs {
            node: Some(4),
            ..ServeArgs::default()
        };
        let settings = Settings::read(&global, &serve).unwrap();
        assert_eq!(
            (settings.listen.port(), settings.node, settings.secure_cookies),
            (9, Some(4), true)
        );
        assert_eq!(settings.data, PathBuf::from("quanyu-data"));

        assert_eq!(settings.limits, Some(Limits::default()));

        let text = "trusted_proxy = [\"10.0.0.0/8\"]\n[limits]\nin_hand = 7\nread = { burst = 2, per_minute = 3 }\n";
        std::fs::write(&config, text).unwrap();
        let settings = Settings::read(&global, &serve).unwrap();
        let limits = settings.limits.unwrap();
        assert_eq!(
            (limits.in_hand, limits.read.burst, limits.write),
            (7, 2, Limits::default().write)
        );
        assert_eq!(settings.trusted_proxies.0.len(), 1);
        let none = ServeArgs {
            no_limits: true,
            ..ServeArgs::default()
        };
        assert_eq!(Settings::read(&global, &none).unwrap().limits, None);
        for (wrong, says) in [
            ("trusted_proxy = [\"proxy\"]", "`proxy`"),
            ("public_origin = \"city.example\"", "https://"),
            ("limits = { reads = 1 }", "reads"),
            (
                "database = \"host=db password=secret\"",
                "postgres://user:password@host",
            ),
            ("connections = 0", "1 to 500"),
            ("base_map = [{ tiles = [\"https://t.example/{z}\"] }]", "{z}/{x}/{y}"),
        ] {
            std::fs::write(&config, wrong).unwrap();
            let fault = Settings::read(&global, &serve).unwrap_err().to_string();
            assert!(fault.contains(says), "{fault}");
        }
        std::fs::write(&config, "database = \"postgres://a:b@db/city\"\nconnections = 3\n").unwrap();
        let settings = Settings::read(&global, &serve).unwrap();
        assert_eq!(settings.connections, 3);
        assert_eq!(settings.database.unwrap().secret(), "postgres://a:b@db/city");

        let text =
            "map_approval_number = \"青S（2024）001号\"\n[[base_map]]\ntiles = [\"https://t.example/{z}/{x}/{y}\"]\n";
        std::fs::write(&config, text).unwrap();
        let map = Settings::read(&global, &serve).unwrap().base_map;
        assert_eq!((map.layers.len(), map.layers[0].max_zoom), (1, 18));
        assert_eq!(map.approval_number.as_deref(), Some("青S（2024）001号"));
        let flagged = ServeArgs {
            base_map: vec!["http://127.0.0.1:9/{z}/{x}/{y}".to_owned()],
            ..ServeArgs::default()
        };
        let map = Settings::read(&global, &flagged).unwrap().base_map;
        assert_eq!(map.layers[0].tiles, flagged.base_map);

        std::fs::write(&config, "lisen = \"127.0.0.1:9\"\n").unwrap();
        let fault = Settings::read(&global, &serve).unwrap_err().to_string();
        assert!(fault.contains("lisen") && fault.contains("line 1"), "{fault}");
    }
}
