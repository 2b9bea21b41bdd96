//! POST requests: somebody's request becomes a case.

use std::collections::BTreeMap;

use axum::http::{HeaderMap, StatusCode};
use jiff::tz::Offset;
use quanyu_app::App;
use quanyu_app::api_keys::{ApiKey, KeyRight};
use quanyu_app::attachments::counts_as;
use quanyu_app::cases::CaseDraft;
use quanyu_app::people::Person;
use quanyu_app::rules::Rules;
use quanyu_app::tables::AttachmentRow;
use quanyu_domain::cases::{Evidence, Position};
use quanyu_domain::ids::{DistrictId, Id};
use quanyu_domain::services::{Attribute, Datatype, Service};
use quanyu_domain::units::UnitCode;
use quanyu_geo::Point;

use super::answer::{Answer, Fault, Node};
use super::form::Fields;
use super::services::{offered, unknown};
use super::words::{Language, read_w3c};

/// Longest description, in characters (GeoReport v2).
const MAX_DESCRIPTION: usize = 4000;
/// Longest answer to what a service asks, in characters: of a line, and of several.
const MAX_LINE: usize = 200;
const MAX_LINES: usize = 1000;
/// Longest address of a picture, in characters.
const MAX_URL: usize = 1000;
/// Lengths of a client's request id, in characters.
const REQUEST_ID: std::ops::RangeInclusive<usize> = 1..=100;

/// Files a request.
pub(super) async fn file(
    app: &App,
    key: Option<ApiKey>,
    fields: &Fields,
    media: &[AttachmentRow],
    headers: &HeaderMap,
    language: Language,
) -> Result<Answer, Fault> {
    let key = may_file(key)?;
    let jurisdiction = super::jurisdiction(app, fields)?;
    let rules = app.rules();
    let place = place(&rules, &key, jurisdiction, fields)?;
    if !key.reaches(place.district) {
        return Err(Fault::forbidden(
            format!("此 api_key 不适用于区划 {}", place.district),
            format!("this api_key does not hold in {}", place.district),
        ));
    }
    let code = fields
        .get("service_code")
        .ok_or_else(|| Fault::bad("缺少 service_code", "service_code is missing"))?;
    let service = *offered(&rules, Some(place.district))
        .get(code)
        .ok_or_else(|| unknown(code, Fault::bad))?;
    let draft = CaseDraft {
        confidential: false,
        case_type: service.case_type.clone(),
        demand: service.demand.clone(),
        channel: service.channel.clone(),
        matter: service.matter.clone(),
        title: Some(service.title.zh.clone()),
        text: text(service, fields, app.ids.offset())?,
        place: place.words,
        position: place.position,
        area: place.area,
        reporter: reporter(fields),
        evidence: evidence(&rules, place.district, media)?,
        answer: None,
    };
    let request_id = request_id(fields, headers)?;
    let intake = app.take_in_with_key(&key, code, draft, request_id).await?;
    let (number, secret) = (intake.case.id, &intake.secret);
    let notice = language
        .choose(
            "请保存编号 {number} 和查询码 {secret}，凭此查询进度、评价或要求重办。",
            "Keep the number {number} and the secret {secret}: with them you follow, rate and reopen the request.",
        )
        .replace("{number}", &number.to_string())
        .replace("{secret}", secret);
    let filed = Node::Fields(vec![
        ("service_request_id", number.to_string().into()),
        ("service_notice", notice.into()),
    ]);
    Ok(Answer {
        status: if intake.created {
            StatusCode::CREATED
        } else {
            StatusCode::OK
        },
        ..Answer::of("service_requests", Node::List("request", vec![filed]))
    })
}

/// The key, where there is one that may file requests.
pub(super) fn may_file(key: Option<ApiKey>) -> Result<ApiKey, Fault> {
    let key = key.ok_or_else(|| Fault::forbidden("缺少 api_key", "the api_key is missing"))?;
    if key.may(KeyRight::Open311File) {
        return Ok(key);
    }
    Err(Fault::forbidden(
        "此 api_key 没有提交请求的权限",
        "this api_key may not file requests",
    ))
}

/// Files as evidence of the first kind for which they count.
fn evidence(rules: &Rules, district: DistrictId, media: &[AttachmentRow]) -> Result<Vec<Evidence>, Fault> {
    let kinds = &rules.of(district)?.model.evidence;
    let as_evidence = |row: &AttachmentRow| {
        let kind = kinds.values().find(|kind| counts_as(kind, &row.media));
        let kind = kind.ok_or_else(|| {
            Fault::bad(
                format!("media 不接受 {} 文件", row.media),
                format!("files of the type {} are not taken as media", row.media),
            )
        })?;
        Ok(Evidence {
            kind: kind.name.clone(),
            attachment: Id(row.id),
        })
    };
    media.iter().map(as_evidence).collect()
}

/// The client's own id of the request, by which a repetition is known.
fn request_id<'a>(fields: &'a Fields, headers: &'a HeaderMap) -> Result<Option<&'a str>, Fault> {
    let header = headers.get("idempotency-key").and_then(|value| value.to_str().ok());
    let Some(id) = fields.get("client_request_id").or(header) else {
        return Ok(None);
    };
    if REQUEST_ID.contains(&id.chars().count()) && !id.chars().any(char::is_control) {
        return Ok(Some(id));
    }
    Err(Fault::bad(
        "client_request_id 须为 1 至 100 个字符，建议用 UUID",
        "client_request_id has 1 to 100 characters: a UUID does well",
    ))
}

/// Where a request lies.
struct Where {
    district: DistrictId,
    words: Option<String>,
    position: Option<Position>,
    area: Option<UnitCode>,
}

fn place(rules: &Rules, key: &ApiKey, jurisdiction: Option<DistrictId>, fields: &Fields) -> Result<Where, Fault> {
    let words = fields.get("address_string").map(str::to_owned);
    let elsewhere = |district: DistrictId| {
        Fault::bad(
            format!("该位置在区划 {district}，与 jurisdiction_id 不符"),
            format!("the place lies in {district}, not in the jurisdiction_id"),
        )
    };
    // A city's code stands for all of its districts.
    let fits = |district: DistrictId| {
        jurisdiction.is_none_or(|wanted| {
            wanted == district || wanted.0.is_multiple_of(100) && wanted.0 / 100 == district.0 / 100
        })
    };
    if let Some(position) = position(fields)? {
        let areas = rules.locate(position);
        let Some(area) = areas.first() else {
            return Err(Fault::bad(
                "该坐标不在本市任何区县内",
                "lat and long lie in no district known here",
            ));
        };
        let district = area.district();
        if !fits(district) {
            return Err(elsewhere(district));
        }
        return Ok(Where {
            district,
            words,
            position: Some(position),
            area: None,
        });
    }
    if let Some(id) = fields.get("address_id") {
        let area: Option<UnitCode> = id.parse().ok();
        let area = area.filter(|area| !rules.chain(area).is_empty()).ok_or_else(|| {
            Fault::bad(
                "address_id 应为区划或网格代码",
                "address_id is the code of an area: a district, subdistrict, community or grid",
            )
        })?;
        if !fits(area.district()) {
            return Err(elsewhere(area.district()));
        }
        return Ok(Where {
            district: area.district(),
            words,
            position: None,
            area: Some(area),
        });
    }
    if words.is_none() {
        return Err(Fault::bad(
            "请提供 lat 和 long、address_string 或 address_id 之一",
            "say where: lat and long, address_string or address_id",
        ));
    }
    // An address in words lies in the jurisdiction; a key of one district knows which.
    let only = Some(&key.draft.districts).filter(|districts| districts.len() == 1);
    let district = jurisdiction
        .or_else(|| only.and_then(|districts| districts.first().copied()))
        .ok_or_else(|| {
            Fault::bad(
                "只有地址文字时须提供 jurisdiction_id",
                "with an address in words alone, jurisdiction_id is needed",
            )
        })?;
    Ok(Where {
        district,
        words,
        position: None,
        area: format!("{district}000000").parse().ok(),
    })
}

pub(super) fn position(fields: &Fields) -> Result<Option<Position>, Fault> {
    let wrong = || {
        Fault::bad(
            "lat 和 long 须为 WGS84 十进制度数，且同时提供",
            "lat and long are decimal degrees (WGS84), both of them",
        )
    };
    let (lat, lon) = match (fields.get("lat"), fields.get("long")) {
        (None, None) => return Ok(None),
        (Some(lat), Some(lon)) => (lat, lon),
        _ => return Err(wrong()),
    };
    let (Ok(lat), Ok(lon)) = (lat.parse::<f64>(), lon.parse::<f64>()) else {
        return Err(wrong());
    };
    let point = Point::new(lon, lat).map_err(|_| wrong())?;
    Ok(Some(Position {
        lon: point.lon(),
        lat: point.lat(),
    }))
}

/// Who reports; what is not told stays unknown.
fn reporter(fields: &Fields) -> Option<Person> {
    let name = match (fields.get("first_name"), fields.get("last_name")) {
        // Chinese names are written without a space, the family's first.
        (Some(first), Some(last)) if !first.is_ascii() || !last.is_ascii() => Some(format!("{last}{first}")),
        (Some(first), Some(last)) => Some(format!("{first} {last}")),
        (first, last) => first.or(last).map(str::to_owned),
    };
    let person = Person {
        name,
        phone: fields.get("phone").map(str::to_owned),
        email: fields.get("email").map(str::to_owned),
        address: None,
    };
    (person != Person::default()).then_some(person)
}

/// What was said, and what was answered.
fn text(service: &Service, fields: &Fields, offset: Offset) -> Result<String, Fault> {
    let mut parts = Vec::new();
    if let Some(description) = fields.get("description") {
        let length = description.chars().count();
        if length > MAX_DESCRIPTION {
            return Err(Fault::bad(
                format!("description 有 {length} 字，至多 {MAX_DESCRIPTION} 字"),
                format!("description has {length} characters, there may be {MAX_DESCRIPTION}"),
            ));
        }
        parts.push(description.to_owned());
    }
    parts.extend(answers(service, fields, offset)?);
    if let Some(url) = fields.get("media_url") {
        let is_link = url.starts_with("https://") || url.starts_with("http://");
        if !is_link || url.chars().count() > MAX_URL || url.chars().any(char::is_whitespace) {
            return Err(Fault::bad(
                "media_url 须为 http 或 https 链接",
                "media_url is a link that begins with https:// or http://",
            ));
        }
        parts.push(format!("图片链接：{url}"));
    }
    if parts.is_empty() {
        // Nothing but the service was told; that is what it is about.
        parts.push(service.title.zh.clone());
    }
    Ok(parts.join("\n"))
}

fn answers(service: &Service, fields: &Fields, offset: Offset) -> Result<Vec<String>, Fault> {
    let mut given: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (code, value) in fields.attributes().filter(|(_, value)| !value.is_empty()) {
        if !service.attributes.iter().any(|attribute| attribute.code == code) {
            let code: String = code.chars().take(64).collect();
            return Err(Fault::bad(
                format!("服务 {} 没有属性 {code}", service.code),
                format!("the service {} asks no attribute `{code}`", service.code),
            ));
        }
        given.entry(code).or_default().push(value);
    }
    let mut lines = Vec::new();
    for attribute in &service.attributes {
        match given.get(attribute.code.as_str()) {
            Some(values) => {
                let told = answer(attribute, values, offset)?;
                lines.push(format!("{}：{told}", attribute.title.zh));
            }
            None if attribute.required => {
                return Err(Fault::bad(
                    format!("缺少 attribute[{}]", attribute.code),
                    format!("attribute[{}] is missing", attribute.code),
                ));
            }
            None => {}
        }
    }
    Ok(lines)
}

/// An answer as people read it.
fn answer(attribute: &Attribute, values: &[&str], offset: Offset) -> Result<String, Fault> {
    let wrong = |zh: &str, en: &str| {
        let code = &attribute.code;
        Fault::bad(format!("attribute[{code}] {zh}"), format!("attribute[{code}] {en}"))
    };
    if attribute.datatype != Datatype::MultiValueList && values.len() > 1 {
        return Err(wrong("只能有一个值", "has one value"));
    }
    let fits = |most: usize, value: &str| value.chars().count() <= most;
    let value = values[0];
    match attribute.datatype {
        Datatype::String if fits(MAX_LINE, value) => Ok(value.replace(['\r', '\n'], " ")),
        Datatype::Text if fits(MAX_LINES, value) => Ok(value.to_owned()),
        Datatype::String | Datatype::Text => Err(wrong("过长", "is too long")),
        Datatype::Number => match value.parse::<f64>() {
            Ok(number) if number.is_finite() && fits(MAX_LINE, value) => Ok(value.to_owned()),
            _ => Err(wrong("须为数字", "is a number")),
        },
        Datatype::DateTime => match read_w3c(value, offset, false) {
            Some(at) => Ok(super::words::w3c(at, offset)),
            None => Err(wrong(
                "须为 W3C 日期时间，形如 2024-03-04T09:00:00+08:00",
                "is a W3C date and time, such as 2024-03-04T09:00:00+08:00",
            )),
        },
        Datatype::SingleValueList | Datatype::MultiValueList => {
            let mut chosen: Vec<&str> = Vec::new();
            for value in values {
                let choice = attribute.choices.iter().find(|(key, _)| key == value);
                let (_, title) = choice.ok_or_else(|| {
                    wrong(
                        "不在可选值中，请见服务定义",
                        "is none of the values that the service definition lists",
                    )
                })?;
                if !chosen.contains(&title.zh.as_str()) {
                    chosen.push(&title.zh);
                }
            }
            Ok(chosen.join("、"))
        }
    }
}
