//! The web app: built where it changed, checked, and walked through in a real browser.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::run::{is_there, program, run};

/// Debian's browser, which the journeys drive.
const CHROMIUM: &str = "/usr/bin/chromium";
/// What journeys need beside it: pages are Chinese first, and a page of boxes shows nobody anything.
const PACKAGES: [&str; 2] = ["chromium", "fonts-noto-cjk"];

/// Builds `web/dist` where anything that it is made of has changed since.
pub fn bundle(root: &Path) -> Result<String, String> {
    let web = root.join("web");
    dependencies(root)?;
    let mark = web.join("node_modules/.built-from");
    let sources = fingerprint(&web)?;
    let is_there = web.join("dist/index.html").exists();
    if is_there && std::fs::read_to_string(&mark).is_ok_and(|built| built == sources) {
        return Ok("the web app is built".to_owned());
    }
    npm(root, &["run", "--silent", "build"], &[])?;
    std::fs::write(&mark, sources).map_err(|fault| format!("{}: {fault}", mark.display()))?;
    Ok("the web app is built anew".to_owned())
}

/// The same where Node.js is there; without it the program is built without pages, and says so itself.
pub fn bundle_if_possible(root: &Path) -> Result<String, String> {
    if is_there(root, "npm", &["--version"]) {
        bundle(root)
    } else {
        Ok("npm is not installed: the program is built without its web pages".to_owned())
    }
}

/// Checks that need no browser: the client equals what the OpenAPI document gives, types, unit tests.
pub fn check(root: &Path) -> Result<(), String> {
    dependencies(root)?;
    npm(root, &["run", "--silent", "client", "--", "--check"], &[])?;
    npm(root, &["run", "--silent", "types"], &[])?;
    npm(root, &["run", "--silent", "test"], &[])
}

/// Writes the typed client anew.
pub fn client(root: &Path) -> Result<(), String> {
    dependencies(root)?;
    npm(root, &["run", "--silent", "client"], &[])
}

/// Walks through the app in a browser, against the program as it was built last.
pub fn journeys(root: &Path) -> Result<(), String> {
    browser(root)?;
    let program = program(root, "dev");
    let pictures = program.with_file_name("../web-pictures");
    let shown = |path: &Path| path.to_string_lossy().into_owned();
    npm(
        root,
        &["run", "--silent", "journeys"],
        &[
            ("QUANYU_PROGRAM", &shown(&program)),
            ("QUANYU_PICTURES", &shown(&pictures)),
            ("QUANYU_CHROMIUM", CHROMIUM),
        ],
    )
}

/// Installs what the lock file names, where that is not there yet.
fn dependencies(root: &Path) -> Result<(), String> {
    if !is_there(root, "npm", &["--version"]) {
        return Err("npm is not installed: the web app needs Node.js 20.19 or later with npm".to_owned());
    }
    let web = root.join("web");
    let lock = web.join("package-lock.json");
    let wanted = std::fs::read_to_string(&lock).map_err(|fault| format!("{}: {fault}", lock.display()))?;
    let mark = web.join("node_modules/.installed-from");
    if std::fs::read_to_string(&mark).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    npm(root, &["ci", "--loglevel=error"], &[])?;
    std::fs::write(&mark, wanted).map_err(|fault| format!("{}: {fault}", mark.display()))
}

fn npm(root: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Result<(), String> {
    run(&root.join("web"), "npm", arguments, environment)
}

/// Installs the browser where it is missing and may be installed.
fn browser(root: &Path) -> Result<(), String> {
    let has_letters = || is_there(root, "sh", &["-c", "fc-list :lang=zh | grep -q ."]);
    if Path::new(CHROMIUM).exists() && has_letters() {
        return Ok(());
    }
    let packages = PACKAGES.join(" ");
    let is_root = is_there(root, "sh", &["-c", "test \"$(id -u)\" = 0"]);
    if !is_root || !is_there(root, "apt-get", &["--version"]) {
        return Err(format!(
            "{CHROMIUM} or Chinese letters are missing: install Debian's packages {packages}"
        ));
    }
    let quiet = [("DEBIAN_FRONTEND", "noninteractive")];
    run(root, "apt-get", &["update", "-qq"], &quiet)?;
    let install = [&["install", "-y", "-qq", "--no-install-recommends"][..], &PACKAGES].concat();
    run(root, "apt-get", &install, &quiet)
}

/// Names the content of everything under `web/` that the bundle is made of.
fn fingerprint(web: &Path) -> Result<String, String> {
    let mut files = BTreeMap::new();
    let mut folders = vec![web.to_owned()];
    while let Some(folder) = folders.pop() {
        let entries = std::fs::read_dir(&folder).map_err(|fault| format!("{}: {fault}", folder.display()))?;
        for entry in entries {
            let path = entry.map_err(|fault| format!("{}: {fault}", folder.display()))?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if path.is_dir() {
                if !matches!(name.as_str(), "node_modules" | "dist" | "e2e") {
                    folders.push(path);
                }
                continue;
            }
            let bytes = std::fs::read(&path).map_err(|fault| format!("{}: {fault}", path.display()))?;
            files.insert(
                path.strip_prefix(web).map_or(path.clone(), Path::to_owned),
                hash(&bytes),
            );
        }
    }
    let lines = files
        .iter()
        .map(|(path, hash): (&PathBuf, &u64)| format!("{hash:016x} {}\n", path.display()));
    Ok(lines.collect())
}

/// FNV-1a: tells one version of a file from the next, and is the same on every machine.
fn hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
