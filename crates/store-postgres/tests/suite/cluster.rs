//! A PostgreSQL to test against: the one at `DATABASE_URL`, or a temporary one that ends with the tests.

#![allow(
    clippy::print_stderr,
    reason = "whoever runs the tests must see that they were skipped, and why"
)]

use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use tokio_postgres::NoTls;

/// A namespace of its own for one test.
pub struct Namespace {
    pub address: &'static str,
    pub name: String,
    lent: bool,
}

/// A namespace in a database of its own, which stays as long as the cluster.
pub fn fresh(database: Database) -> Namespace {
    Namespace {
        address: Box::leak(database.address.clone().into_boxed_str()),
        name: fresh_name(),
        lent: false,
    }
}

/// The cluster that all tests of this process share, or `None` where tests without PostgreSQL are meant to be skipped.
fn cluster() -> Option<&'static Cluster> {
    static CLUSTER: OnceLock<Option<Cluster>> = OnceLock::new();
    CLUSTER.get_or_init(Cluster::find_or_start).as_ref()
}

/// A name that nothing of this process has had.
fn fresh_name() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    format!("test_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed))
}

/// A new namespace, or `None` where there is no PostgreSQL.
pub async fn namespace() -> Option<Namespace> {
    let cluster = cluster()?;
    Some(Namespace {
        address: &cluster.address,
        name: fresh_name(),
        lent: cluster.script.is_none(),
    })
}

/// A database of its own for one test.
pub struct Database {
    /// Its address, `postgres://…`.
    pub address: String,
    name: String,
    cluster: &'static Cluster,
}

/// A new database, made with these words beside its name; `None` where there is no PostgreSQL.
pub async fn database(made: &str) -> Option<Database> {
    let cluster = cluster()?;
    let name = fresh_name();
    let sql = format!("CREATE DATABASE {name} {made}");
    run(&cluster.address, &sql).await.expect("a database can be made");
    Some(Database {
        address: cluster.url(&name, "postgres"),
        name,
        cluster,
    })
}

impl Database {
    /// Runs statements in it as its owner.
    pub async fn run(&self, sql: &str) {
        run(&self.address, sql)
            .await
            .unwrap_or_else(|fault| panic!("{sql}: {fault}"));
    }

    /// Asks one question, and gives the first column of the answer as text.
    pub async fn ask(&self, sql: &str) -> Vec<String> {
        let (client, connection) = tokio_postgres::connect(&self.address, NoTls)
            .await
            .expect("it is there");
        tokio::spawn(connection);
        let rows = client
            .simple_query(sql)
            .await
            .unwrap_or_else(|fault| panic!("{sql}: {fault}"));
        let text = |message: &tokio_postgres::SimpleQueryMessage| match message {
            tokio_postgres::SimpleQueryMessage::Row(row) => Some(row.get(0).unwrap_or_default().to_owned()),
            _ => None,
        };
        rows.iter().filter_map(text).collect()
    }

    /// Its address for another user; `None` in a cluster that was lent, whose users are not ours to make.
    pub fn address_of(&self, user: &str) -> Option<String> {
        self.cluster
            .script
            .is_some()
            .then(|| self.cluster.url(&self.name, user))
    }
}

impl Drop for Database {
    /// A cluster that was lent is left as it was found.
    fn drop(&mut self) {
        if self.cluster.script.is_none() {
            clean(
                &self.cluster.address,
                format!("DROP DATABASE {} WITH (FORCE)", self.name),
            );
        }
    }
}

async fn run(address: &str, sql: &str) -> Result<(), tokio_postgres::Error> {
    let (client, connection) = tokio_postgres::connect(address, NoTls).await?;
    tokio::spawn(connection);
    client.batch_execute(sql).await
}

/// Runs a statement from where nothing can be waited for.
fn clean(address: &'static str, sql: String) {
    let said = sql.clone();
    let cleaning = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async { run(address, &sql).await.map_err(std::io::Error::other) })
    });
    if !matches!(cleaning.join(), Ok(Ok(()))) {
        eprintln!("this failed: {said}");
    }
}

impl Drop for Namespace {
    /// A database that was lent is left as it was found.
    fn drop(&mut self) {
        if !self.lent {
            return;
        }
        clean(self.address, format!("DROP SCHEMA IF EXISTS {} CASCADE", self.name));
    }
}

/// A server, whole.
pub struct Cluster {
    pub address: String,
    /// Where its socket is, or its host and port, as in a URL.
    pub place: String,
    /// The server of our own stops when the script's input is closed, however this process ends.
    script: Option<Child>,
    says: Option<BufReader<ChildStdout>>,
}

/// Makes a cluster, starts it, and waits until its input is closed, which also happens when the tests are killed. Making
/// one takes a second, copying one no time: the first that is made is kept as `$TEMPLATE`.
const SCRIPT: &str = r#"
    set -e
    as_owner() { "$@"; }
    if [ "$(id -u)" = 0 ]; then
        as_owner() { setpriv --reuid=postgres --regid=postgres --clear-groups "$@"; }
        chown postgres "$DIRECTORY"
    fi
    data="$DIRECTORY/data"
    trap 'as_owner "$BIN/pg_ctl" -D "$data" -m immediate stop >/dev/null 2>&1 || true; cd /; rm -rf "$DIRECTORY"' EXIT
    cd "$DIRECTORY"
    template="$TEMPLATE-$("$BIN/initdb" --version | tr -cd 0-9)"
    if [ -d "$template" ]; then
        cp -r "$template" "$data"
        if [ "$(id -u)" = 0 ]; then chown -R postgres "$data"; fi
        chmod 700 "$data"
    else
        as_owner "$BIN/initdb" -D "$data" -U postgres -A trust -E UTF8 --no-locale --no-sync --wal-segsize=1 >/dev/null
        cp -r "$data" "$template.$$"
        mv -T "$template.$$" "$template" || rm -rf "$template.$$"
    fi
    # One user has to know a password.
    printf 'local all guarded scram-sha-256\nlocal all all trust\nlocal replication all trust\n' > "$data/pg_hba.conf"
    eval "$PREPARE"
    start() { as_owner "$BIN/pg_ctl" -D "$data" -l "$DIRECTORY/log" -w \
        -o "-c listen_addresses= -c unix_socket_directories=$DIRECTORY -c fsync=off -c max_connections=60 $OPTIONS" start >/dev/null; }
    start
    echo ready
    while read -r order; do
        case "$order" in
            stop) as_owner "$BIN/pg_ctl" -D "$data" -m immediate -w stop >/dev/null ;;
            start) start ;;
            keep)
                as_owner "$BIN/pg_ctl" -D "$data" -m fast -w stop >/dev/null
                cp -a "$data" "$data.kept"
                start ;;
            back)
                as_owner "$BIN/pg_ctl" -D "$data" -m immediate -w stop >/dev/null
                rm -rf "$data"
                mv "$data.kept" "$data"
                start ;;
        esac
        echo ready
    done
"#;

/// Set where tests are meant to be skipped that find no PostgreSQL.
const WITHOUT: &str = "QUANYU_WITHOUT_POSTGRESQL";

/// Says that a test is skipped where that is meant. Otherwise it fails: one that did nothing must not look like one that
/// passed.
pub fn without(meant: bool) {
    assert!(
        meant,
        "there is no PostgreSQL for this test: install its server (on Debian: sudo apt-get install postgresql), or name one with \
         DATABASE_URL=postgres://user:password@host/name, whose user may make databases; {WITHOUT}=1 skips what needs one"
    );
    eprintln!("skipped: there is no PostgreSQL on this machine");
}

impl Cluster {
    fn find_or_start() -> Option<Cluster> {
        if let Ok(address) = std::env::var("DATABASE_URL") {
            return Some(Cluster {
                place: address.clone(),
                address,
                script: None,
                says: None,
            });
        }
        Cluster::start("", "")
    }

    /// One that is like no other: prepared by these lines of a script, started with these options. `None` where there is no
    /// PostgreSQL on this machine.
    pub fn start(prepare: &str, options: &str) -> Option<Cluster> {
        let Some(binaries) = binaries() else {
            // Some tests need a server of their own, which one that was lent cannot be.
            let meant = std::env::var_os(WITHOUT).is_some() || std::env::var_os("DATABASE_URL").is_some();
            without(meant);
            return None;
        };
        // In memory where the system has such a place: a new cluster is a thousand small files. The script removes it.
        let memory = Path::new("/dev/shm");
        let place = if memory.is_dir() {
            memory.to_owned()
        } else {
            std::env::temp_dir()
        };
        let directory = tempfile::tempdir_in(place)
            .expect("a temporary directory can be made")
            .keep();
        let mut script = Command::new("sh")
            .arg("-c")
            .arg(SCRIPT)
            .env("BIN", &binaries)
            .env("PREPARE", prepare)
            .env("OPTIONS", options)
            .env("DIRECTORY", &directory)
            .env(
                "TEMPLATE",
                Path::new(env!("CARGO_TARGET_TMPDIR")).join("postgres-template"),
            )
            // A runner that ends the tests' process group must not end the script before it has cleaned up.
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("a shell can be started");
        let mut says = BufReader::new(script.stdout.take().expect("it was piped"));
        let mut said = String::new();
        says.read_line(&mut said).expect("text");
        assert_eq!(
            said.trim(),
            "ready",
            "the temporary PostgreSQL of {} did not start",
            binaries.display()
        );
        let address = format!("host={} user=postgres dbname=postgres", directory.display());
        Some(Cluster {
            address,
            place: directory.display().to_string(),
            script: Some(script),
            says: Some(says),
        })
    }

    /// `stop`s the server as a power cut would, or `start`s it again; `keep`s a copy of what it holds, or goes `back` to it, as
    /// where a standby takes over that has not received everything.
    pub fn order(&mut self, order: &str) {
        let script = self.script.as_mut().and_then(|script| script.stdin.as_mut());
        writeln!(script.expect("a server of our own"), "{order}").expect("the script listens");
        let mut said = String::new();
        self.says
            .as_mut()
            .expect("as before")
            .read_line(&mut said)
            .expect("text");
        assert_eq!(said.trim(), "ready", "{order}");
    }

    /// The address of one of its databases for a user.
    fn url(&self, database: &str, user: &str) -> String {
        match &self.script {
            Some(_) => format!("postgres:///{database}?user={user}&host={}", self.place),
            // `DATABASE_URL` with another name of the database, and its own user.
            None => {
                let (before, _) = self.place.rsplit_once('/').expect("DATABASE_URL ends with a name");
                format!("{before}/{database}")
            }
        }
    }
}

/// Where the server's programs are: on the PATH, or where Debian keeps them, the newest version first.
fn binaries() -> Option<PathBuf> {
    let complete = |folder: &Path| folder.join("initdb").exists() && folder.join("pg_ctl").exists();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut debian: Vec<(u32, PathBuf)> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .collect();
    debian.sort_unstable_by(|one, other| other.cmp(one));
    std::env::split_paths(&path)
        .chain(debian.into_iter().map(|(_, folder)| folder))
        .find(|folder| complete(folder))
}
