//! The way to a server that encrypts, and to one that does not.

use quanyu_store::Store;
use quanyu_store_postgres::{OpenError, Options, PostgresStore};
use tokio_postgres::NoTls;

use crate::cluster::Cluster;
use crate::servers::{STALL, schema};

/// A root, a certificate for `localhost` that it signed, and a root that has nothing to do with either. Whoever comes over
/// the network must come encrypted.
const PREPARE: &str = r#"
    root() { openssl req -x509 -newkey rsa:2048 -nodes -days 2 -keyout "$1.key" -out "$1.crt" -subj "/CN=$1" 2>/dev/null; }
    root own; root foreign
    openssl req -newkey rsa:2048 -nodes -keyout server.key -out server.csr -subj "/CN=localhost" 2>/dev/null
    printf 'subjectAltName=DNS:localhost\n' > names
    openssl x509 -req -in server.csr -CA own.crt -CAkey own.key -CAcreateserial -days 2 -extfile names \
        -out server.crt 2>/dev/null
    chmod 600 server.key
    if [ "$(id -u)" = 0 ]; then chown postgres server.key; fi
    printf 'hostssl all all 127.0.0.1/32 trust\nhostssl all all ::1/128 trust\n' >> "$data/pg_hba.conf"
"#;

async fn open(address: &str) -> Result<PostgresStore, OpenError> {
    PostgresStore::open(address, schema(1, &STALL, &[]), Options::default()).await
}

async fn refused(address: &str) -> String {
    let refused = open(address).await.err().unwrap_or_else(|| panic!("{address} is open"));
    let told = refused.to_string();
    assert!(!told.contains('\n'), "{told}");
    told
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_way_to_the_database_is_encrypted_as_the_address_says() {
    let free = std::net::TcpListener::bind("127.0.0.1:0")
        .expect("a port")
        .local_addr()
        .expect("bound")
        .port();
    let options = format!(
        "-c listen_addresses=localhost -c port={free} -c ssl=on -c ssl_cert_file=../server.crt -c ssl_key_file=../server.key"
    );
    let Some(cluster) = Cluster::start(PREPARE, &options) else {
        return;
    };
    let folder = &cluster.place;
    let at = |host: &str, rest: &str| format!("postgres://postgres@{host}:{free}/postgres?{rest}");

    // As usual: encrypted where the server offers it.
    let store = open(&at("127.0.0.1", "")).await.expect("it opens");
    let socket = format!("host={folder} port={free} user=postgres dbname=postgres");
    let (client, connection) = tokio_postgres::connect(&socket, NoTls).await.expect("an operator");
    tokio::spawn(connection);
    store.health().await.expect("it answers");
    let ours = "SELECT count(*) FILTER (WHERE ssl), count(*) FILTER (WHERE NOT ssl) FROM pg_stat_ssl \
                JOIN pg_stat_activity USING (pid) WHERE application_name = 'quanyu/quanyu'";
    let ours = client.query_one(ours, &[]).await.expect("told");
    assert_eq!((ours.get::<_, i64>(0), ours.get::<_, i64>(1)), (2, 0));
    store.close().await;

    for (host, rest) in [
        ("127.0.0.1", "sslmode=require".to_owned()),
        ("127.0.0.1", format!("sslmode=require&sslrootcert={folder}/own.crt")),
        ("127.0.0.1", format!("sslmode=verify-ca&sslrootcert={folder}/own.crt")),
        ("localhost", format!("sslmode=verify-full&sslrootcert={folder}/own.crt")),
        // The very certificate of the server.
        (
            "localhost",
            format!("sslmode=verify-full&sslrootcert={folder}/server.crt"),
        ),
    ] {
        let store = open(&at(host, &rest))
            .await
            .unwrap_or_else(|fault| panic!("{host} {rest}: {fault}"));
        store.close().await;
    }
    let untrusted = "comes from no root that is trusted: name that root with sslrootcert=FILE";
    for (host, rest, why) in [
        ("127.0.0.1", "sslmode=disable".to_owned(), "pg_hba.conf"),
        (
            "127.0.0.1",
            format!("sslmode=verify-full&sslrootcert={folder}/own.crt"),
            "name the host as its certificate does",
        ),
        (
            "127.0.0.1",
            format!("sslmode=verify-full&sslrootcert={folder}/server.crt"),
            "name the host as its certificate does",
        ),
        (
            "localhost",
            format!("sslmode=verify-full&sslrootcert={folder}/foreign.crt"),
            untrusted,
        ),
        (
            "localhost",
            format!("sslmode=verify-ca&sslrootcert={folder}/foreign.crt"),
            untrusted,
        ),
        (
            "localhost",
            format!("sslmode=require&sslrootcert={folder}/foreign.crt"),
            untrusted,
        ),
        (
            "localhost",
            format!("sslmode=verify-ca&sslrootcert={folder}/nowhere.crt"),
            "nowhere.crt",
        ),
        (
            "localhost",
            format!("sslmode=verify-ca&sslrootcert={folder}/server.key"),
            "no certificate",
        ),
        ("localhost", "sslmode=perhaps".to_owned(), "verify-full"),
    ] {
        let told = refused(&at(host, &rest)).await;
        assert!(told.contains(why), "{host} {rest}: {told}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_does_not_encrypt_says_so() {
    let free = std::net::TcpListener::bind("127.0.0.1:0")
        .expect("a port")
        .local_addr()
        .expect("bound")
        .port();
    let prepare = r#"printf 'host all all 127.0.0.1/32 trust\n' >> "$data/pg_hba.conf""#;
    let options = format!("-c listen_addresses=127.0.0.1 -c port={free}");
    let Some(_cluster) = Cluster::start(prepare, &options) else {
        return;
    };
    let at = |rest: &str| format!("postgres://postgres@127.0.0.1:{free}/postgres?{rest}");
    let told = refused(&at("sslmode=require")).await;
    assert!(told.contains("ssl = on"), "{told}");
    for rest in ["", "sslmode=disable"] {
        open(&at(rest))
            .await
            .unwrap_or_else(|fault| panic!("{rest}: {fault}"))
            .close()
            .await;
    }
}
