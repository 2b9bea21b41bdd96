//! Reading from the disk.

use std::fs;
use std::path::Path;

use quanyu_pack::{MAX_FILE, Sources, read_folder};

fn read(folder: &Path) -> (Vec<String>, Vec<String>) {
    let mut sources = Sources::default();
    let findings = read_folder(&mut sources, folder, "p");
    let paths = sources.iter().map(|(path, _)| path.to_owned()).collect();
    (paths, findings.to_string().lines().map(str::to_owned).collect())
}

#[test]
fn texts_are_read_and_the_rest_is_left_alone() {
    let root = tempfile::tempdir().unwrap();
    let write = |path: &str, bytes: &[u8]| {
        let path = root.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    };
    write("a/pack.toml", b"x = 1");
    write("a/tests/loop.toml", b"");
    write("a/README.md", b"\xff");
    write("a/.hidden.toml", b"");
    write("b/units.csv", "编码,名称\n".as_bytes());
    write("b/source/raw.csv", b"\xff");
    let (paths, findings) = read(root.path());
    assert_eq!(paths, ["p/a/pack.toml", "p/a/tests/loop.toml", "p/b/units.csv"]);
    assert_eq!(findings, [""; 0]);

    write("b/broken.csv", b"a,b\n\xe4\xbd\xa0\xe5\xa5,x\n");
    write("b/large.csv", &vec![b'x'; MAX_FILE + 1]);
    let (_, findings) = read(root.path());
    assert_eq!(
        findings,
        [
            "p/b/broken.csv:2:2: error: is not UTF-8 from here on; save the file as UTF-8 (in a spreadsheet: \"CSV UTF-8\")",
            "p/b/large.csv:1:1: error: is larger than 5 MB; leave out what is not needed, or split it into several files",
        ]
    );
}

#[cfg(unix)]
#[test]
fn links_do_not_lead_out() {
    use std::os::unix::fs::symlink;
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("secret.toml"), "secret = true").unwrap();
    let root = tempfile::tempdir().unwrap();
    fs::write(root.path().join("a.toml"), "").unwrap();
    symlink(root.path().join("a.toml"), root.path().join("b.toml")).unwrap();
    symlink(outside.path().join("secret.toml"), root.path().join("c.toml")).unwrap();
    symlink(outside.path(), root.path().join("d.toml")).unwrap();
    symlink(root.path().join("nowhere"), root.path().join("e.toml")).unwrap();
    symlink(outside.path(), root.path().join("f")).unwrap();
    let (paths, findings) = read(root.path());
    assert_eq!(paths, ["p/a.toml", "p/b.toml"]);
    assert_eq!(findings.len(), 3, "{findings:?}");
    assert!(findings[0].starts_with("p/c.toml:1:1: error: is a link that leads out of the folder"));
    assert!(findings[1].starts_with("p/d.toml:1:1: error: is a link that leads out of the folder"));
    assert!(findings[2].starts_with("p/e.toml:1:1: error: cannot be read"));
    let (_, findings) = read(&root.path().join("nowhere"));
    assert!(findings[0].starts_with("p:1:1: error: cannot be read"));
}
