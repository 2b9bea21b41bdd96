//! What comes along with a command, checked at the domain's entrance: words, evidence, places.

use super::Context;
use crate::cases::{Evidence, MAX_EVIDENCE, MAX_REASON, Place, Said};
use crate::refusal::Refusal;

/// A text that must not be empty nor too long.
pub(super) fn words(text: Option<String>, field: &'static str) -> Result<Said, Refusal> {
    short(text, field)?.ok_or_else(|| {
        Refusal::invalid(
            "words_missing",
            field,
            "请写明理由或说明",
            format!("`{field}` must say why"),
        )
    })
}

/// A text that must not be too long; `None` where it is empty.
pub(super) fn short(text: Option<String>, field: &'static str) -> Result<Option<Said>, Refusal> {
    let Some(text) = text else { return Ok(None) };
    let text = text.trim();
    if text.contains('\0') {
        return Err(Refusal::invalid(
            "text_not_allowed",
            field,
            "内容含有不允许的字符 U+0000，请删除",
            format!("`{field}` contains U+0000, which no store keeps: remove it"),
        ));
    }
    if text.chars().count() > MAX_REASON {
        return Err(Refusal::invalid(
            "text_too_long",
            field,
            format!("文字超过 {MAX_REASON} 字，请缩短"),
            format!("`{field}` is longer than {MAX_REASON} characters: shorten it"),
        ));
    }
    Ok((!text.is_empty()).then(|| text.into()))
}

/// A place whose words are short and whose point lies on the earth. Its areas were found by the caller.
pub(super) fn sound_place(place: Place) -> Result<Place, Refusal> {
    let on_earth = |lon: f64, lat: f64| (-180.0..=180.0).contains(&lon) && (-90.0..=90.0).contains(&lat);
    if place.position.is_some_and(|at| !on_earth(at.lon, at.lat)) {
        return Err(Refusal::invalid(
            "invalid_position",
            "place",
            "坐标无效：经度在 -180 到 180 之间，纬度在 -90 到 90 之间",
            "the point is not on the earth: longitude from -180 to 180, latitude from -90 to 90",
        ));
    }
    let words = match place.words {
        Some(Said::Inline(words)) => short(Some(words), "place")?,
        kept_or_none => kept_or_none,
    };
    Ok(Place { words, ..place })
}

/// Evidence of declared kinds that the case has room for.
pub(super) fn check_evidence(context: &Context<'_>, case_has: usize, evidence: &[Evidence]) -> Result<(), Refusal> {
    if case_has + evidence.len() > MAX_EVIDENCE {
        return Err(Refusal::invalid(
            "too_much_evidence",
            "evidence",
            format!("一个案件至多 {MAX_EVIDENCE} 件证据材料"),
            format!("a case carries at most {MAX_EVIDENCE} pieces of evidence"),
        ));
    }
    match evidence.iter().find(|e| !context.model.evidence.contains_key(&e.kind)) {
        None => Ok(()),
        Some(unknown) => Err(Refusal::invalid(
            "unknown_evidence_kind",
            "evidence",
            format!("没有证据类型 {}", unknown.kind),
            format!("no pack declares the kind of evidence {}", unknown.kind),
        )),
    }
}
