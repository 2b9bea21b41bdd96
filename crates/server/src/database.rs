//! Where the records are: in the data folder, or in a database on a server.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use serde::Deserialize;

/// The address of a database, `postgres://user:password@host:port/name`. What is shown of it leaves the password out.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Address(String);

/// A text that is no such address. It is not repeated: it may hold a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "write it as postgres://user:password@host:port/name, and in user, password and parameters `?` as %3F and `@` as %40"
)]
pub struct NoAddress;

impl Address {
    /// The whole address, for the engine alone.
    pub fn secret(&self) -> &str {
        &self.0
    }
}

impl FromStr for Address {
    type Err = NoAddress;

    fn from_str(text: &str) -> Result<Self, NoAddress> {
        let known = ["postgres://", "postgresql://"];
        // The engine takes what stands before the first `@` for user and password, and others begin parameters at a `?`.
        let is_ambiguous = text.split_once('@').is_some_and(|(before, _)| before.contains('?'));
        if known.iter().any(|scheme| text.starts_with(scheme)) && !is_ambiguous {
            Ok(Self(text.to_owned()))
        } else {
            Err(NoAddress)
        }
    }
}

impl TryFrom<String> for Address {
    type Error = NoAddress;

    fn try_from(text: String) -> Result<Self, NoAddress> {
        text.parse()
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (scheme, rest) = self.0.split_once("://").unwrap_or_default();
        // Parameters may hold a password as well.
        let rest = rest.split('?').next().unwrap_or_default();
        let place = rest.rsplit_once('@').map_or(rest, |(_, place)| place);
        write!(f, "{scheme}://{place}")
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// One end of a move.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Location {
    /// The database in a data folder.
    Folder(PathBuf),
    /// A database on a server.
    Server(Address),
}

/// A text that names no place for a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "write it as sqlite:FOLDER or as postgres://user:password@host:port/name, and in user, password and parameters `?` as %3F and `@` as %40"
)]
pub struct NoLocation;

impl FromStr for Location {
    type Err = NoLocation;

    fn from_str(text: &str) -> Result<Self, NoLocation> {
        match text.strip_prefix("sqlite:") {
            Some("") => Err(NoLocation),
            Some(folder) => Ok(Self::Folder(folder.into())),
            None => text.parse().map(Self::Server).map_err(|NoAddress| NoLocation),
        }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(folder) => folder.display().fmt(f),
            Self::Server(address) => address.fmt(f),
        }
    }
}

/// Where the records are, for a person.
pub fn shown(database: Option<&Address>, data: &Path) -> String {
    database.map_or_else(|| data.display().to_string(), ToString::to_string)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_shown_without_its_password() {
        for (written, shown) in [
            (
                "postgres://clerk:pass@word@db.example:5432/city",
                "postgres://db.example:5432/city",
            ),
            (
                "postgresql:///city?host=/run/postgresql&password=x",
                "postgresql:///city",
            ),
        ] {
            let address: Address = written.parse().unwrap();
            assert_eq!((address.to_string(), address.secret()), (shown.to_owned(), written));
            assert_eq!(format!("{address:?}"), shown);
        }
        assert_eq!(
            "sqlite:/var/lib/quanyu".parse(),
            Ok(Location::Folder("/var/lib/quanyu".into()))
        );
        assert_eq!("sqlite:".parse::<Location>(), Err(NoLocation));
        assert_eq!("mysql://root@localhost/city".parse::<Address>(), Err(NoAddress));
        // Read in two ways, it would be reached without the encryption that it asks for.
        let ambiguous = "postgres://clerk:Se?cret@db.example/city?sslmode=require";
        assert_eq!(ambiguous.parse::<Address>(), Err(NoAddress));
    }
}
