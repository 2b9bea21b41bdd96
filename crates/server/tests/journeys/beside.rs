//! A database beside which lies another data folder than the one that it was filled with: nobody seals with other keys, and
//! nobody misses attachments without a word.

use std::path::Path;

use crate::cluster::database;
use crate::support::{fails, succeeds};

const KEY_FILE: &str = "keys/root.key";

fn put_keys(folder: &Path, text: &str) {
    std::fs::create_dir_all(folder.join("keys")).expect("a folder");
    std::fs::write(folder.join(KEY_FILE), text).expect("written");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_with_another_data_folder_is_refused() {
    let Some(database) = database("").await else { return };
    let folders = [(); 2].map(|()| tempfile::tempdir().expect("a folder"));
    let [own, other] = folders.each_ref().map(|folder| folder.path());
    let address = database.address.as_str();
    succeeds(
        own,
        &[
            "demo",
            "--scale",
            "200",
            "--until",
            "2024-12-31",
            "--no-serve",
            "--database",
            address,
        ],
    );
    let serve = ["serve", "--listen", "127.0.0.1:0", "--database", address];

    let refused = fails(other, &serve);
    assert!(
        refused.contains("is not there, and what this database holds is sealed with it"),
        "{refused}"
    );
    assert!(!other.join(KEY_FILE).exists(), "nobody makes a key that would be wrong");

    put_keys(other, &"ab".repeat(32));
    let refused = fails(other, &serve);
    assert!(refused.contains("this database needs"), "{refused}");

    put_keys(other, &std::fs::read_to_string(own.join(KEY_FILE)).expect("the keys"));
    let refused = fails(other, &serve);
    assert!(
        refused.contains("none of the attachments of this database are there"),
        "{refused}"
    );

    let folder = tempfile::tempdir().expect("a folder");
    let (whole, lame) = (folder.path().join("whole"), folder.path().join("lame"));
    let to = |folder: &Path| folder.to_str().expect("a path").to_owned();
    succeeds(own, &["backup", &to(&whole), "--database", address]);
    let told = fails(other, &["backup", &to(&lame), "--database", address]);
    assert!(told.contains("of the files to which it refers are not in"), "{told}");
}
