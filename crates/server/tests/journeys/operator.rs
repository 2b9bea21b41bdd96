//! The people who run the server and write packs: commands, and errors that help.

use crate::support::{district_folder, fails, initialised, quanyu, root, succeeds, text};

#[test]
fn a_pack_author_is_told_what_is_wrong_where() {
    let folder = tempfile::tempdir().expect("a folder");
    for part in ["packs", "places"] {
        copy(&root().join(part), &folder.path().join(part));
    }
    let sources = folder.path().to_str().expect("UTF-8");
    succeeds(folder.path(), &["pack", "check", sources]);
    assert!(succeeds(folder.path(), &["pack", "test", sources]).contains(" 0 failed"));

    // A limit gets a typing error: the finding names file, line and column.
    let pack = std::fs::read_dir(folder.path().join("packs"))
        .expect("packs")
        .map(|entry| entry.expect("readable").path())
        .find_map(|pack| {
            let file = pack.join("workflow.toml");
            std::fs::read_to_string(&file)
                .ok()
                .filter(|text| text.contains("phase = \"dispatch\""))
                .map(|text| (file, text))
        });
    let (file, text_before) = pack.expect("a pack with a workflow");
    std::fs::write(
        &file,
        text_before.replace("phase = \"dispatch\"", "phase = \"dispach\""),
    )
    .expect("written");
    let output = quanyu(folder.path(), &["pack", "check", sources]);
    assert!(!output.status.success());
    let told = text(&output.stdout);
    assert!(
        told.contains("workflow.toml") && told.contains("dispach") && told.contains("dispatch"),
        "{told}"
    );
    // Nothing that is wrong goes into force.
    let data = initialised();
    let refused = fails(data.path(), &["pack", "activate", sources]);
    assert!(refused.contains("dispach"), "{refused}");
    std::fs::write(&file, text_before).expect("written");
    assert!(succeeds(data.path(), &["pack", "activate", sources]).contains("activation 2"));
}

#[test]
fn settings_and_folders_that_are_wrong_give_one_clear_line() {
    let data = initialised();
    let place = district_folder();
    let again = fails(data.path(), &["init", "--place", place.to_str().expect("UTF-8")]);
    assert!(again.contains("initialised"), "{again}");
    let empty = tempfile::tempdir().expect("a folder");
    assert!(fails(empty.path(), &["serve"]).contains("not initialised"));
    let config = empty.path().join("bad.toml");
    std::fs::write(&config, "listne = 1\n").expect("written");
    let told = fails(empty.path(), &["serve", "--config", config.to_str().expect("UTF-8")]);
    assert!(told.contains("bad.toml") && told.contains("listne"), "{told}");
    let key = empty.path().join("short.key");
    std::fs::write(&key, "abc").expect("written");
    let told = fails(empty.path(), &["serve", "--key-file", key.to_str().expect("UTF-8")]);
    assert!(told.contains("64 hexadecimal digits"), "{told}");
    let missing = fails(data.path(), &["import", "cases", "--mapping", "none.toml", "none.csv"]);
    assert!(missing.contains("none.toml"), "{missing}");
}

fn copy(from: &std::path::Path, to: &std::path::Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("readable") {
        let path = entry.expect("readable").path();
        let target = to.join(path.file_name().expect("a name"));
        if path.is_dir() {
            copy(&path, &target);
        } else {
            std::fs::copy(&path, &target).expect("copied");
        }
    }
}
