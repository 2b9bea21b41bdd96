//! The command line. What `--help` says is all the documentation of it that there is.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::database::{Address, Location};

/// 全域 quanyu: runs a city district.
///
/// Settings come from flags, then from the environment (named in brackets), then from the file given by --config (TOML, the
/// flags' long names with _ for -), then from the defaults.
#[derive(Debug, Parser)]
#[command(version, about, long_about, max_term_width = 110)]
pub struct Cli {
    /// Settings of every command.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Settings of every command.
#[derive(Debug, Clone, Default, Args)]
pub struct Global {
    /// Folder of the database, attachments and keys [default: quanyu-data]
    #[arg(long, global = true, env = "QUANYU_DATA", value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Database that holds the records instead of the data folder: postgres://user:password@host:port/name [default: none]
    #[arg(
        long,
        global = true,
        env = "QUANYU_DATABASE",
        value_name = "ADDRESS",
        hide_env_values = true
    )]
    pub database: Option<Address>,
    /// Connections to that database that this program opens at most, and one more [default: 8]
    #[arg(long, global = true, env = "QUANYU_CONNECTIONS", value_name = "N")]
    pub connections: Option<usize>,
    /// File with settings, in TOML
    #[arg(long, global = true, env = "QUANYU_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// File of the root key, 32 bytes in hexadecimal; made if missing [default: DATA/keys/root.key]
    #[arg(long, global = true, env = "QUANYU_KEY_FILE", value_name = "FILE")]
    pub key_file: Option<PathBuf>,
    /// What is logged: error, warn, info, debug, trace, or filters such as `info,quanyu_app=debug` [default: info]
    #[arg(long, global = true, env = "QUANYU_LOG", value_name = "FILTER")]
    pub log: Option<String>,
    /// Answer in JSON where a program may read the answer; logs become JSON lines too
    #[arg(long, global = true)]
    pub json: bool,
}

/// Settings of serving.
#[derive(Debug, Clone, Default, Args)]
pub struct ServeArgs {
    /// Address to listen on [default: 127.0.0.1:8630]
    #[arg(long, env = "QUANYU_LISTEN", value_name = "ADDR")]
    pub listen: Option<SocketAddr>,
    /// Digit of this server in the numbers that it gives, 0 to 9 [default: the first that no other server on the database has]
    #[arg(long, env = "QUANYU_NODE", value_name = "N", value_parser = clap::value_parser!(u32).range(0..=9))]
    pub node: Option<u32>,
    /// Send the session cookie over HTTPS only; set it wherever a proxy terminates TLS
    #[arg(long, env = "QUANYU_SECURE_COOKIES")]
    pub secure_cookies: bool,
    /// Origin under which browsers see the server, such as https://city.example, where a proxy changes the Host header
    #[arg(long, env = "QUANYU_PUBLIC_ORIGIN", value_name = "ORIGIN")]
    pub public_origin: Option<String>,
    /// Address or network of a proxy whose X-Forwarded-For is believed, as often as needed [default: none]
    #[arg(long, env = "QUANYU_TRUSTED_PROXY", value_name = "NETWORK", value_delimiter = ',')]
    pub trusted_proxy: Vec<String>,
    /// Address at which a monitoring system reads GET /metrics, such as 127.0.0.1:8631; not for the public [default: none]
    #[arg(long, env = "QUANYU_METRICS_LISTEN", value_name = "ADDR")]
    pub metrics_listen: Option<SocketAddr>,
    /// Let everybody ask as often as they like; for trials. How often is otherwise set in the file, under [limits]
    #[arg(long, env = "QUANYU_NO_LIMITS")]
    pub no_limits: bool,
    /// Allow webhooks to addresses inside the network
    #[arg(long, env = "QUANYU_ALLOW_INTERNAL_WEBHOOKS")]
    pub allow_internal_webhooks: bool,
    /// Days after which a password must be changed; 0: never [default: 90]
    #[arg(long, env = "QUANYU_PASSWORD_DAYS", value_name = "DAYS")]
    pub password_days: Option<u32>,
    /// Folder to which each day's last seal is written; put it on another machine
    #[arg(long, env = "QUANYU_SEAL_EXPORT", value_name = "DIR")]
    pub seal_export: Option<PathBuf>,
    /// Address of the tiles of a base map, with {z}, {x} and {y}, as often as it has hosts; layers are set in the file [default: none]
    #[arg(long, env = "QUANYU_BASE_MAP", value_name = "URL", value_delimiter = ' ')]
    pub base_map: Vec<String>,
    /// Who is named on it
    #[arg(long, env = "QUANYU_BASE_MAP_ATTRIBUTION", value_name = "TEXT")]
    pub base_map_attribution: Option<String>,
    /// Approval number of the maps (审图号), shown on each of them
    #[arg(long, env = "QUANYU_MAP_APPROVAL_NUMBER", value_name = "NUMBER")]
    pub map_approval_number: Option<String>,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve the district over HTTP until interrupted
    Serve(ServeArgs),
    /// Fill the demonstration district where the data folder is empty, then serve it
    Demo {
        /// How many cases, most of them of 2023, 2024 and the last weeks; 0 makes units and accounts alone
        #[arg(long, default_value_t = 25_000, value_name = "CASES")]
        scale: usize,
        /// Last day of the simulated life, such as 2024-12-31 [default: it ends now]
        #[arg(long, value_name = "DATE")]
        until: Option<jiff::civil::Date>,
        /// Only fill, do not serve
        #[arg(long)]
        no_serve: bool,
        /// Seed of the simulated life
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// Folder with packs/ and places/
        #[arg(long, default_value = ".", value_name = "DIR", env = "QUANYU_SOURCES")]
        sources: PathBuf,
        /// Settings of serving.
        #[command(flatten)]
        serve: ServeArgs,
    },
    /// Fill an empty data folder with a place: its packs, units, directory, and cases in flight
    Init {
        /// Folder of the place (with place.toml); the city it is part of is found beside it
        #[arg(long, value_name = "DIR", required = true)]
        place: Vec<PathBuf>,
        /// Folder of the packs [default: packs/ beside the places' folder]
        #[arg(long, value_name = "DIR")]
        packs: Option<PathBuf>,
    },
    /// Check, test and activate packs
    Pack {
        /// What to do with them.
        #[command(subcommand)]
        command: PackCommand,
    },
    /// Bring records in from files
    Import {
        /// What to bring in.
        #[command(subcommand)]
        command: ImportCommand,
    },
    /// Write records out
    Export {
        /// What to write out.
        #[command(subcommand)]
        command: ExportCommand,
    },
    /// Copy database and attachments into a folder, also while a server is running
    Backup {
        /// Folder to make; it must not exist yet
        to: PathBuf,
    },
    /// Fill an empty data folder from a backup
    Restore {
        /// Folder of the backup
        from: PathBuf,
    },
    /// Carry a district to another engine: records, attachments and keys. Stop its servers first; may be interrupted and called
    /// again. The old one is left as it is
    Move {
        /// Where it is: sqlite:FOLDER, or postgres://… with its attachments and keys in --data
        #[arg(long, value_name = "PLACE")]
        from: Location,
        /// Where it is to be, and where nothing is yet; beside postgres://… attachments and keys go into --data
        #[arg(long, value_name = "PLACE")]
        to: Location,
    },
    /// Look at the journal as an auditor
    Audit {
        /// What to do.
        #[command(subcommand)]
        command: AuditCommand,
    },
    /// The keys that open personal values
    Keys {
        /// What to do with them.
        #[command(subcommand)]
        command: KeysCommand,
    },
    /// Erase who reported a case: the person's key and the texts of all their cases. It cannot be undone
    Erase {
        /// Number of a case that the person reported
        case: String,
        /// Why; the journal keeps it
        #[arg(long)]
        reason: String,
    },
    /// Accounts of staff
    User {
        /// What to do.
        #[command(subcommand)]
        command: UserCommand,
    },
    /// Keys with which other systems file and follow cases
    ApiKey {
        /// What to do.
        #[command(subcommand)]
        command: KeyCommand,
    },
    /// Response, resolution, satisfaction and the other rates, by unit, month, matter or channel
    #[command(args_conflicts_with_subcommands = true)]
    Rates {
        /// What to do with them; without it they are shown.
        #[command(subcommand)]
        command: Option<RatesCommand>,
        /// Which rates.
        #[command(flatten)]
        show: RatesArgs,
    },
    /// Samples of closed cases that are called back
    Sample {
        /// What to do.
        #[command(subcommand)]
        command: SampleCommand,
    },
    /// Rebuild everything that follows from the journal
    Rebuild {
        /// Compare what was kept with what was rebuilt, table by table, and fail if they differ
        #[arg(long)]
        verify: bool,
    },
}

/// Which rates are shown.
#[derive(Debug, Clone, Args)]
pub struct RatesArgs {
    /// 2024, 2024-03 or 2024-01..2024-06
    #[arg(long, value_name = "PERIOD")]
    pub period: Option<String>,
    /// What the rows are: district, subdistrict, community, department, month, matter or channel
    #[arg(long, default_value = "district", value_name = "ROWS")]
    pub by: String,
    /// Code of an area, or of a unit that answers for cases; everything unless told
    #[arg(long, value_name = "CODE")]
    pub within: Option<String>,
    /// By matter: those below this one of the first level
    #[arg(long, value_name = "CODE")]
    pub under: Option<String>,
    /// Show the figures as this edition published them
    #[arg(long, value_name = "N")]
    pub edition: Option<i64>,
    /// Write CSV
    #[arg(long, conflicts_with = "json")]
    pub csv: bool,
}

/// What to do with rates.
#[derive(Debug, Subcommand)]
pub enum RatesCommand {
    /// Publish the figures of a period; after corrections again, which makes the next edition and shows what differs
    Close {
        /// 2024-03
        period: String,
        /// Code of the city or district; everything unless told
        #[arg(long, value_name = "CODE")]
        within: Option<String>,
        /// Why
        #[arg(long, value_name = "TEXT")]
        reason: Option<String>,
    },
    /// List what was published of a period
    Editions {
        /// 2024-03
        period: String,
        /// Code of the city or district; everything unless told
        #[arg(long, value_name = "CODE")]
        within: Option<String>,
    },
}

/// Samples.
#[derive(Debug, Subcommand)]
pub enum SampleCommand {
    /// Draw the sample of a month that is over; a month is drawn once
    Draw {
        /// The month, 2024-03
        #[arg(long, value_name = "MONTH")]
        period: String,
        /// Six digits of the district; every district unless told
        #[arg(long, value_name = "CODE")]
        district: Option<u32>,
    },
    /// List the samples of a district
    List {
        /// Six digits of the district; every district unless told
        #[arg(long, value_name = "CODE")]
        district: Option<u32>,
    },
}

/// Packs.
#[derive(Debug, Subcommand)]
pub enum PackCommand {
    /// Check packs and places, and say exactly what is wrong where
    Check(SourceArgs),
    /// Run the scenarios in the packs' tests/
    Test(SourceArgs),
    /// Put packs and places into force in the data folder
    Activate(SourceArgs),
    /// Print the JSON Schema of pack files, for editors
    Schema,
}

/// Where packs and places are.
#[derive(Debug, Clone, Args)]
pub struct SourceArgs {
    /// Folder with packs/ and places/
    #[arg(default_value = ".", value_name = "DIR")]
    pub sources: PathBuf,
}

/// Imports.
#[derive(Debug, Subcommand)]
pub enum ImportCommand {
    /// Cases from a CSV file. The last line printed is a summary in JSON
    Cases {
        /// What the columns mean, in TOML
        #[arg(long, value_name = "FILE")]
        mapping: PathBuf,
        /// The CSV file
        file: PathBuf,
        /// File to which rejected rows are written, with line and reason [default: FILE.rejects.csv]
        #[arg(long, value_name = "FILE")]
        rejects: Option<PathBuf>,
    },
}

/// How an export is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ExportFormat {
    /// CSV with a header row.
    Csv,
    /// One JSON object a line.
    Jsonl,
}

/// Exports.
#[derive(Debug, Subcommand)]
pub enum ExportCommand {
    /// Cases, one a row
    Cases {
        /// File to write; - for standard output
        #[arg(default_value = "-")]
        to: PathBuf,
        /// How
        #[arg(long, value_enum, default_value = "csv")]
        format: ExportFormat,
        /// With title, text and reply
        #[arg(long)]
        texts: bool,
        /// Begin with a byte order mark, so that spreadsheet programs see UTF-8
        #[arg(long)]
        bom: bool,
    },
}

/// Audits.
#[derive(Debug, Subcommand)]
pub enum AuditCommand {
    /// Verify every seal over the journal
    Verify {
        /// Folder of seals that were sent off the machine, to compare with
        #[arg(long, value_name = "DIR")]
        exported: Option<PathBuf>,
    },
}

/// Keys.
#[derive(Debug, Subcommand)]
pub enum KeysCommand {
    /// Print which keys are held, by their names
    Show,
    /// Make a new master key and wrap everything with it; may be interrupted and called again. Stop the server first
    Rotate,
    /// Write a copy of the keys to print and lock away
    Escrow {
        /// File to make
        to: PathBuf,
    },
    /// Make the file of keys from such a copy
    Recover {
        /// The copy, typed in again
        from: PathBuf,
    },
}

/// Accounts.
#[derive(Debug, Subcommand)]
pub enum UserCommand {
    /// Make an account; the password is read from standard input or QUANYU_PASSWORD
    Add {
        /// Name to sign in with
        #[arg(long)]
        login: String,
        /// The person's name
        #[arg(long)]
        name: String,
        /// What it holds: ROLE@UNIT, as often as needed
        #[arg(long = "grant", value_name = "ROLE@UNIT")]
        grants: Vec<String>,
    },
    /// List accounts
    List,
    /// Set a password, read from standard input or QUANYU_PASSWORD; signs the account out everywhere
    Password {
        /// Name to sign in with
        login: String,
    },
    /// Shut an account, or open it again
    Active {
        /// Name to sign in with
        login: String,
        /// Whether it may sign in
        #[arg(action = clap::ArgAction::Set)]
        active: bool,
    },
}

/// Keys of other systems.
#[derive(Debug, Subcommand)]
pub enum KeyCommand {
    /// Make a key and print it, this once
    Add {
        /// Who it is for
        #[arg(long)]
        name: String,
        /// District in which it holds, six digits, as often as needed; a city stands for all of its districts
        #[arg(long = "district", value_name = "CODE", required = true)]
        districts: Vec<u32>,
        /// What it opens, as often as needed: open311_file, open311_read_own
        #[arg(long = "right", value_name = "RIGHT", required = true)]
        rights: Vec<String>,
        /// When it ends by itself, such as 2027-01-01T00:00+08:00
        #[arg(long, value_name = "TIME")]
        expires: Option<jiff::Timestamp>,
    },
    /// List keys
    List,
    /// Revoke a key
    Revoke {
        /// Its number
        id: String,
    },
}
