"""What an audit found out as JSON, which reports, webhooks and the text are made from."""

from collections.abc import Iterable
from datetime import datetime

from envtool.domain.auditing.advisories import Advisory
from envtool.domain.auditing.coverage import age, brief, not_audited
from envtool.domain.auditing.facts import AuditFacts
from envtool.domain.auditing.hits import worst_first
from envtool.domain.auditing.since import Key, News
from envtool.domain.auditing.standing import coverage_of
from envtool.domain.auditing.standings import Hit, SourceState, Standing
from envtool.domain.auditing.words import called, title, url
from envtool.domain.results import Json


def described(facts: AuditFacts) -> dict[str, Json]:
    """Coverage, sources with their age, and every package with what was found."""
    known = coverage_of(facts.standings)
    return {
        "place": facts.place.path,
        "coverage": {
            "audited": known.audited,
            "total": known.total,
            "percent": known.percent,
            "guessed": known.guessed,
        },
        "sources": [_source(each, facts.now) for each in facts.sources],
        "packages": [described_package(each) for each in worst_first(facts.standings)],
        "not_audited": [
            {"reason": reason, "packages": [each.subject.label for each in standings]}
            for reason, standings in not_audited(facts.standings).items()
        ],
    }


def _source(source: SourceState, now: datetime) -> Json:
    return {
        "name": source.name,
        "url": source.url,
        "fetched": _moment(source.fetched),
        "published": _moment(source.published),
        "age_days": age(source, now),
        "records": source.records,
        "error": source.error or None,
        "brief": brief(source.error) or None,
    }


def _moment(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="seconds") if moment else None


def described_package(standing: Standing) -> dict[str, Json]:
    """One package: who it is, how that is known, and what there is to know."""
    subject, identity = standing.subject, standing.identity
    return {
        "manager": subject.manager,
        "name": subject.name,
        "version": subject.version,
        "platforms": [each.platform for each in subject.artifacts],
        "categories": list(subject.categories),
        "license": subject.license,
        "line": subject.place.line or None,
        "direct": subject.is_direct,
        "path": list(subject.path),
        "state": standing.state.value,
        "reason": standing.reason or None,
        "fixed": standing.fixed,
        "identity": {
            "certainty": identity.certainty.value,
            "part": identity.part or None,
            "coordinates": [
                {"ecosystem": each.ecosystem.value, "name": each.name}
                for each in identity.coordinates
            ],
        },
        "hits": [_hit(each) for each in standing.hits],
    }


def _hit(hit: Hit) -> Json:
    rating = next((each for one in hit.advisories for each in one.ratings), None)
    return {
        "id": called(hit),
        "aliases": [each for each in hit.ids if each != called(hit)],
        "url": url(called(hit)),
        "summary": title(hit),
        "product": f"{hit.coordinate.ecosystem.value}: {hit.coordinate.name}",
        "unconfirmed": hit.unconfirmed or None,
        "suppressed": hit.suppressed or None,
        "fixed": hit.fixed,
        "score": hit.score,
        "vector": rating.vector if rating else None,
        "known_exploited": hit.exploitation.known,
        "due": hit.exploitation.due,
        "epss": hit.exploitation.probability,
        "advisories": [_advisory(each, hit) for each in hit.advisories],
    }


def _advisory(advisory: Advisory, hit: Hit) -> Json:
    meant = [each for each in advisory.affected if each.coordinate == hit.coordinate]
    return {
        "id": advisory.id,
        "source": advisory.source,
        "published": _moment(advisory.published),
        "modified": _moment(advisory.modified),
        "withdrawn": _moment(advisory.withdrawn),
        "ranges": [
            {
                "scheme": each.scheme.value,
                "introduced": span.introduced,
                "fixed": span.fixed,
                "last_affected": span.last_affected,
            }
            for each in meant
            for span in each.spans
        ],
        "versions": sum(len(each.versions) for each in meant),
        "references": list(advisory.references),
    }


def described_news(news: News) -> dict[str, Json]:
    """What changed since the audit before."""
    return {
        "at": news.at,
        "new": _keys(news.new),
        "fixed": _keys(news.fixed),
        "still": _keys(news.still),
        "rated": [
            {
                **_key(key),
                "before": {"score": old.score, "known_exploited": old.known},
                "after": {"score": new.score, "known_exploited": new.known},
            }
            for key, old, new in news.rated
        ],
        "untold": _keys(news.untold),
    }


def _keys(keys: Iterable[Key]) -> list[Json]:
    return [_key(each) for each in keys]


def _key(key: Key) -> dict[str, Json]:
    return {"manager": key.manager, "package": key.package, "id": key.id}
