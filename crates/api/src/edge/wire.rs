//! The small types that many resources share, as they look in JSON.

use std::borrow::Cow;
use std::fmt;

use jiff::Timestamp;
use jiff::tz::Offset;
use quanyu_domain::access::Role;
use quanyu_domain::cases::Position as StoredPosition;
use quanyu_domain::ids::Id;
use quanyu_domain::units::UnitCode;
use quanyu_geo::{Datum as GeoDatum, Point, to_cgcs2000};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, Schema, SchemaFormat, Type};
use utoipa::{PartialSchema, ToSchema};

use super::problem::Problem;

/// A title in two languages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Title {
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

impl Title {
    /// From its two forms.
    pub fn new(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self {
            zh: zh.into(),
            en: en.into(),
        }
    }
}

impl From<&quanyu_domain::text::Title> for Title {
    fn from(title: &quanyu_domain::text::Title) -> Self {
        Self::new(&title.zh, &title.en)
    }
}

impl From<Title> for quanyu_domain::text::Title {
    fn from(title: Title) -> Self {
        Self::new(title.zh, title.en)
    }
}

/// A name that a pack declares, with its title.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Named {
    /// The name, for programs.
    pub name: String,
    /// The title, for people.
    pub title: Title,
}

impl Named {
    /// A name with the title that is known for it; without one the name stands for itself.
    pub fn new(name: &str, title: Option<&quanyu_domain::text::Title>) -> Self {
        let title = title.map_or_else(|| Title::new(name, name), Title::from);
        Self {
            name: name.to_owned(),
            title,
        }
    }
}

/// The number of a case, or another id: eighteen digits, too many for a JSON number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Number(pub Id);

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map(Self).map_err(serde::de::Error::custom)
    }
}

impl PartialSchema for Number {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .description(Some(
                "The number of a case, or another id: eighteen digits, with or without the dashes.",
            ))
            .pattern(Some(r"^\d{6}-?\d{6}-?\d{6}$"))
            .examples(["240315-093022-100123"])
            .into()
    }
}

impl ToSchema for Number {
    fn name() -> Cow<'static, str> {
        "Number".into()
    }
}

/// A time in the place's offset: `2024-03-15T09:30:22+08:00`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    pub at: Timestamp,
    pub offset: Offset,
}

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.at.display_with_offset(self.offset))
    }
}

impl PartialSchema for Moment {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
            .description(Some("A time in the place's offset (RFC 3339)."))
            .examples(["2024-03-15T09:30:22+08:00"])
            .into()
    }
}

impl ToSchema for Moment {
    fn name() -> Cow<'static, str> {
        "Moment".into()
    }
}

/// What longitude and latitude are measured against.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Datum {
    /// CGCS2000 (EPSG:4490); satellite receivers (WGS 84) count as such.
    #[default]
    Cgcs2000,
    /// GCJ-02 (火星坐标), as domestic maps give it.
    Gcj02,
    /// BD-09, as Baidu maps give it.
    Bd09,
}

impl From<Datum> for GeoDatum {
    fn from(datum: Datum) -> Self {
        match datum {
            Datum::Cgcs2000 => Self::Cgcs2000,
            Datum::Gcj02 => Self::Gcj02,
            Datum::Bd09 => Self::Bd09,
        }
    }
}

/// A point as it is handed in. Answers always give CGCS2000.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"lon": 100.0012, "lat": 36.0031}))]
pub struct PositionInput {
    /// Longitude in degrees.
    pub lon: f64,
    /// Latitude in degrees.
    pub lat: f64,
    /// What they are measured against.
    #[serde(default)]
    pub datum: Datum,
}

impl PositionInput {
    /// The point as it is kept, in CGCS2000.
    ///
    /// # Errors
    /// When it lies on no map.
    pub fn stored(self) -> Result<StoredPosition, Problem> {
        let point = Point::new(self.lon, self.lat).map_err(|fault| {
            Problem::invalid(
                "bad_position",
                "position",
                "坐标无效：经度须在 -180 至 180 之间，纬度须在 -85 至 85 之间",
                fault.to_string(),
            )
        })?;
        let point = to_cgcs2000(point, self.datum.into());
        Ok(StoredPosition {
            lon: point.lon(),
            lat: point.lat(),
        })
    }
}

/// A point in CGCS2000.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, ToSchema)]
pub struct Position {
    /// Longitude in degrees.
    pub lon: f64,
    /// Latitude in degrees.
    pub lat: f64,
}

impl From<StoredPosition> for Position {
    fn from(at: StoredPosition) -> Self {
        Self {
            lon: at.lon,
            lat: at.lat,
        }
    }
}

/// A page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct Page<T> {
    /// What is on it.
    pub items: Vec<T>,
    /// What to send as `after` for the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// Most items of one page.
pub const MAX_PAGE: usize = 200;
/// Items of a page when nothing else is asked for.
const PAGE: usize = 50;

/// The number of items asked for.
///
/// # Errors
/// Outside 1..=[`MAX_PAGE`].
pub fn page_size(limit: Option<usize>) -> Result<usize, Problem> {
    match limit.unwrap_or(PAGE) {
        limit @ 1..=MAX_PAGE => Ok(limit),
        _ => Err(Problem::invalid(
            "limit_out_of_bounds",
            "limit",
            format!("每页 1 至 {MAX_PAGE} 条，更多请用 next 翻页"),
            format!("a page has 1 to {MAX_PAGE} items: follow `next` for more"),
        )),
    }
}

/// Cuts a sorted list into the page after a key. `next` is the key of the page's last item.
pub fn page_after<T, K: Ord + fmt::Display>(
    items: impl Iterator<Item = T>,
    key: impl Fn(&T) -> K,
    after: Option<&K>,
    limit: usize,
) -> (Vec<T>, Option<String>) {
    let mut page: Vec<T> = items
        .filter(|item| after.is_none_or(|after| key(item) > *after))
        .take(limit + 1)
        .collect();
    let more = page.len() > limit;
    page.truncate(limit);
    let next = page.last().filter(|_| more).map(|last| key(last).to_string());
    (page, next)
}

/// The code of a unit in a path or parameter.
///
/// # Errors
/// When it is no code.
pub fn unit_code(field: &'static str, text: &str) -> Result<UnitCode, Problem> {
    text.parse().map_err(|fault: quanyu_domain::units::InvalidUnitCode| {
        Problem::invalid(
            "bad_unit_code",
            field,
            "单位代码格式错误：区划 12 位数字，网格 15 位数字，部门为 12 位数字加短横线和名称",
            fault.to_string(),
        )
    })
}

/// What a role is called.
pub fn role_title(role: Role) -> Title {
    let (zh, en) = match role {
        Role::Operator => ("接线员", "Operator"),
        Role::Dispatcher => ("派单员", "Dispatcher"),
        Role::Handler => ("承办人", "Handler"),
        Role::Verifier => ("核查员", "Verifier"),
        Role::CallBackClerk => ("回访员", "Call-back clerk"),
        Role::GridWorker => ("网格员", "Grid worker"),
        Role::Supervisor => ("督办员", "Supervisor"),
        Role::Leader => ("领导", "Leader"),
        Role::SystemAdmin => ("系统管理员", "System administrator"),
        Role::SecurityAdmin => ("安全管理员", "Security administrator"),
        Role::AuditAdmin => ("审计管理员", "Audit administrator"),
    };
    Title::new(zh, en)
}
