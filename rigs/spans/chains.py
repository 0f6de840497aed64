"""Chains as the chains topic has them, and as Zipkin's API gives them back."""

from __future__ import annotations

from collections import Counter
from typing import Iterable

from rigs.flink.fields import Object, as_number, as_object, as_objects, as_text


def tree_of_chain(chain: Object) -> dict[str, str | None]:
    """By the record of a chain.

    >>> tree_of_chain({"hops": [{"id": "a", "parent": None}, {"id": "b", "parent": "a"}]})
    {'a': None, 'b': 'a'}
    """
    return {str(hop["id"]): _text_or_none(hop.get("parent")) for hop in as_objects(chain.get("hops"))}


def tree_of_trace(spans: object) -> dict[str, str | None]:
    """By the spans of a trace, which name their calls in a tag. Of a pair, the callee's span stands below the caller's.

    >>> tree_of_trace([{"id": "3", "parentId": "2", "tags": {"callweave.id": "b"}},
    ...                {"id": "2", "parentId": "1", "tags": {"callweave.id": "b"}},
    ...                {"id": "1", "tags": {"callweave.id": "a"}}])
    {'b': 'a', 'a': None}
    """
    given = as_objects(spans)
    calls = {as_text(span.get("id")): as_text(as_object(span.get("tags")).get("callweave.id")) for span in given}
    tree = {}
    for span in given:
        call, above = calls[as_text(span.get("id"))], as_text(span.get("parentId"))
        parent = None if above is None else calls.get(above, "a span that is not there")
        if parent != call:
            tree[str(call)] = parent
    return tree


def tree_of_jaeger(answer: object) -> dict[str, str | None]:
    """By what Jaeger's API says of a trace.

    >>> tag = lambda call: [{"key": "callweave.id", "value": call}]
    >>> above = [{"refType": "CHILD_OF", "spanID": "1"}]
    >>> tree_of_jaeger({"data": [{"spans": [{"spanID": "1", "references": [], "tags": tag("a")},
    ...                                     {"spanID": "2", "references": above, "tags": tag("b")}]}]})
    {'a': None, 'b': 'a'}
    """
    spans = [span for trace in as_objects(as_object(answer).get("data")) for span in as_objects(trace.get("spans"))]
    return tree_of_trace([_as_zipkin(span) for span in spans])


def _as_zipkin(span: Object) -> Object:
    parents = [as_text(reference.get("spanID")) for reference in as_objects(span.get("references"))]
    tags = {str(tag.get("key")): tag.get("value") for tag in as_objects(span.get("tags"))}
    return {"id": span.get("spanID"), "parentId": parents[0] if parents else None, "tags": tags}


def edges_of_chains(chains: Iterable[Object]) -> Counter[tuple[str, str]]:
    """Names as Zipkin has them: in lower case.

    >>> edges_of_chains([{"hops": [{"src": "A", "dst": "b"}, {"src": "b", "dst": "b"}, {"src": "A", "dst": "b"}]}])
    Counter({('a', 'b'): 2, ('b', 'b'): 1})
    """
    hops = (hop for chain in chains for hop in as_objects(chain.get("hops")))
    return Counter((str(hop["src"]).lower(), str(hop["dst"]).lower()) for hop in hops)


def edges_of_dependencies(links: object) -> Counter[tuple[str, str]]:
    """By the links of Zipkin's dependency graph."""
    counted: Counter[tuple[str, str]] = Counter()
    for link in as_objects(links):
        edge = as_text(link.get("parent")) or "", as_text(link.get("child")) or ""
        counted[edge] += as_number(link.get("callCount")) or 0
    return counted


def differences(expected: Counter[tuple[str, str]], found: Counter[tuple[str, str]]) -> list[str]:
    """What is wrong with the edges that were found, a line each.

    >>> differences(Counter({("a", "b"): 2}), Counter({("a", "b"): 1, ("b", "c"): 1}))
    ['a -> b: 1 calls, not 2', 'b -> c: 1 calls, not 0']
    """
    edges = sorted(set(expected) | set(found))
    return [f"{a} -> {b}: {found[a, b]} calls, not {expected[a, b]}" for a, b in edges if found[a, b] != expected[a, b]]


def _text_or_none(value: object) -> str | None:
    return None if value is None else str(value)
