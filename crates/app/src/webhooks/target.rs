//! Where a webhook may post to: nothing inside the house, unless the operator allows it.
//!
//! Whoever may subscribe could otherwise use the server to reach what only the server can reach: other services on the
//! machine, the neighbours in its network, the metadata service of a cloud. A name is looked at when the webhook is made,
//! and the addresses to which it resolves at every delivery, by the resolver of the connection itself.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use quanyu_domain::refusal::Refusal;
use reqwest::Url;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// Longest address, in characters.
const MAX_URL: usize = 2_000;

/// Which addresses may be posted to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Targets {
    /// Hosts to which plain http is allowed; everywhere else it must be https, but inside the network where that is allowed.
    pub http_hosts: BTreeSet<String>,
    /// Whether addresses of the machine and of private networks are allowed.
    pub allow_internal: bool,
}

impl Targets {
    /// An address in its normal form, if it may be posted to as far as its text tells.
    ///
    /// # Errors
    /// What is wrong with it, and what to use instead.
    pub fn check(&self, url: &str) -> Result<Url, Refusal> {
        let bad = |zh: String, en: String| Err(Refusal::invalid("bad_webhook_url", "url", zh, en));
        if url.chars().count() > MAX_URL {
            return bad(
                format!("地址至多 {MAX_URL} 字"),
                format!("the address has at most {MAX_URL} characters"),
            );
        }
        let parsed = match Url::parse(url.trim()) {
            Ok(parsed) => parsed,
            Err(fault) => return bad(format!("不是有效的网址：{fault}"), format!("this is no URL: {fault}")),
        };
        let host = parsed
            .host_str()
            .unwrap_or_default()
            .trim_end_matches('.')
            .to_ascii_lowercase();
        match parsed.scheme() {
            "https" => {}
            "http" if self.http_hosts.contains(&host) => {}
            // Inside the house few have a certificate.
            "http" if self.allow_internal && is_internal_host(&host) => {}
            "http" => {
                return bad(
                    "请使用 https；http 只用于运维已允许的内部地址".to_owned(),
                    "use https; plain http goes only to addresses inside the network, where the operator allows these"
                        .to_owned(),
                );
            }
            other => {
                return bad(
                    format!("不支持 {other}，请使用 https"),
                    format!("{other} is not supported: use https"),
                );
            }
        }
        if !parsed.username().is_empty() || parsed.password().is_some() || parsed.fragment().is_some() {
            return bad(
                "网址中不能含有用户名、密码或 # 片段".to_owned(),
                "the URL must hold no user name, password or fragment".to_owned(),
            );
        }
        if !self.allow_internal && is_internal_host(&host) {
            return bad(
                format!("{host} 是内部地址，不能作为推送目标"),
                format!("{host} is an internal address: name a public one, or have the operator allow internal ones"),
            );
        }
        Ok(parsed)
    }

    /// The addresses that a name may be reached at; an error when it resolves to none that is allowed.
    async fn resolve(&self, host: &str) -> std::io::Result<Vec<std::net::SocketAddr>> {
        let found: Vec<_> = tokio::net::lookup_host((host, 0)).await?.collect();
        // One internal address among public ones is a trick: nothing is allowed then.
        if !self.allow_internal && found.iter().any(|address| is_internal(address.ip())) {
            return Err(std::io::Error::other(format!("{host} resolves to an internal address")));
        }
        Ok(found)
    }
}

impl Resolve for Targets {
    fn resolve(&self, name: Name) -> Resolving {
        let targets = self.clone();
        Box::pin(async move {
            let found = Self::resolve(&targets, name.as_str()).await?;
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

/// Names and literal addresses that are internal whatever a resolver says.
fn is_internal_host(host: &str) -> bool {
    let literal = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    if let Ok(address) = literal {
        return is_internal(address);
    }
    // RFC 6761 and RFC 9476 keep these for use inside; a name without a dot is one of the local network.
    let inside = [
        "localhost",
        "local",
        "internal",
        "intranet",
        "lan",
        "home",
        "corp",
        "alt",
    ];
    let last = host.rsplit('.').next().unwrap_or(host);
    !host.contains('.') || inside.contains(&last) || host.ends_with(".home.arpa")
}

/// Whether an address is one of the machine, of a private or link-local network, of a cloud's metadata service, or no
/// address of a single public host at all (IANA special-purpose registries, RFC 6890).
pub fn is_internal(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_internal_v4(address),
        IpAddr::V6(address) => is_internal_v6(address),
    }
}

fn is_internal_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    address.is_loopback()
        || address.is_private()
        || address.is_link_local()
        || address.is_multicast()
        || address.is_broadcast()
        || address.is_documentation()
        || a == 0
        // RFC 6598, shared address space; clouds keep metadata services in it.
        || a == 100 && (64..128).contains(&b)
        // RFC 6890, protocol assignments.
        || a == 192 && b == 0 && c == 0
        // RFC 2544, benchmarking.
        || a == 198 && (18..20).contains(&b)
        // RFC 1112, reserved.
        || a >= 240
}

fn is_internal_v6(address: Ipv6Addr) -> bool {
    let parts = address.segments();
    let embedded = |high: u16, low: u16| {
        let [a, b] = high.to_be_bytes();
        let [c, d] = low.to_be_bytes();
        is_internal_v4(Ipv4Addr::new(a, b, c, d))
    };
    address.is_loopback()
        || address.is_unspecified()
        || address.is_multicast()
        // RFC 4193, unique local; RFC 4291, link-local; RFC 3879, site-local.
        || parts[0] & 0xfe00 == 0xfc00
        || parts[0] & 0xffc0 == 0xfe80
        || parts[0] & 0xffc0 == 0xfec0
        // RFC 3849, documentation; RFC 6666, discard.
        || parts[0] == 0x2001 && parts[1] == 0x0db8
        || parts[..4] == [0x0100, 0, 0, 0]
        // Addresses that carry one of IPv4: mapped and compatible (RFC 4291), translated (RFC 6052), 6to4 (RFC 3056).
        || parts[..5] == [0; 5] && (parts[5] == 0xffff || parts[5] == 0) && embedded(parts[6], parts[7])
        || parts[..6] == [0x0064, 0xff9b, 0, 0, 0, 0] && embedded(parts[6], parts[7])
        || parts[0] == 0x0064 && parts[1] == 0xff9b && parts[2] == 1
        || parts[0] == 0x2002 && embedded(parts[1], parts[2])
        // Teredo (RFC 4380) tunnels to an address that is not seen here.
        || parts[0] == 0x2001 && parts[1] == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn internal_addresses_are_known_in_all_their_forms() {
        let targets = Targets::default();
        for url in [
            "https://127.0.0.1/",
            "https://127.1/",
            "https://2130706433/",
            "https://0x7f.0.0.1/",
            "https://10.1.2.3/",
            "https://172.16.0.1/",
            "https://192.168.1.1/",
            "https://169.254.169.254/latest/meta-data",
            "https://100.100.100.200/",
            "https://0.0.0.0/",
            "https://[::1]/",
            "https://[::]/",
            "https://[fd00::1]/",
            "https://[fe80::1]/",
            "https://[::ffff:10.0.0.1]/",
            "https://[64:ff9b::7f00:1]/",
            "https://[2002:7f00:1::]/",
            "https://localhost/",
            "https://LOCALHOST./",
            "https://db.localhost/",
            "https://metadata.google.internal/",
            "https://printer.local/",
            "https://intranet/",
        ] {
            assert_eq!(targets.check(url).unwrap_err().code, "bad_webhook_url", "{url}");
        }
        let allowed = Targets {
            allow_internal: true,
            ..Targets::default()
        };
        for good in ["https://127.0.0.1/", "http://127.0.0.1:8080/", "http://hall.internal/"] {
            assert!(allowed.check(good).is_ok(), "{good}");
        }
        assert!(allowed.check("http://example.org/").is_err(), "outside it is https");
    }

    #[test]
    fn public_addresses_are_https_unless_the_host_is_listed() {
        let targets = Targets {
            http_hosts: BTreeSet::from(["old.example.org".to_owned()]),
            ..Targets::default()
        };
        for good in [
            "https://example.org/hook?x=1",
            "https://8.8.8.8/",
            "https://[2606:4700::1111]:8443/",
            "http://old.example.org/hook",
            "http://OLD.example.org:8080/hook",
        ] {
            assert!(targets.check(good).is_ok(), "{good}");
        }
        for bad in [
            "http://example.org/",
            "ftp://example.org/",
            "https://user:word@example.org/",
            "https://example.org/#part",
            "example.org",
            "",
            "https://",
        ] {
            assert!(targets.check(bad).is_err(), "{bad}");
        }
        assert!(
            targets
                .check(&format!("https://example.org/{}", "a".repeat(MAX_URL)))
                .is_err()
        );
    }

    #[tokio::test]
    async fn a_name_is_judged_by_what_it_resolves_to() {
        let resolved = |allow_internal| async move {
            let targets = Targets {
                allow_internal,
                ..Targets::default()
            };
            Targets::resolve(&targets, "localhost").await
        };
        assert!(resolved(false).await.unwrap_err().to_string().contains("internal"));
        assert!(resolved(true).await.is_ok());
    }
}
