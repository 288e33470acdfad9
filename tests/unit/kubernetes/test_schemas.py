"""Every object has the form that Kubernetes, or KEDA, gives its kind."""

from __future__ import annotations

import kubernetes_validate
import pytest
from jsonschema import (  # type: ignore[import-untyped]  # its stubs are a package of their own
    Draft4Validator,
)

from tests.unit.kubernetes import keda
from tests.unit.kubernetes.kustomize import Document
from tests.unit.kubernetes.manifests import OVERLAYS, objects, of_kind

# The oldest with all that is used (a pause before the end of a pod), and the one it was tried with.
VERSIONS = ("1.30", "1.34")
OWN_KINDS = ("keda.sh/v1alpha1",)


@pytest.mark.parametrize("overlay", OVERLAYS)
@pytest.mark.parametrize("version", VERSIONS)
def test_every_object_is_one_of_kubernetes_without_an_unknown_field(
    overlay: str, version: str
) -> None:
    checked = [each for each in objects(overlay) if each["apiVersion"] not in OWN_KINDS]
    assert len(checked) > 35
    for each in checked:
        kubernetes_validate.validate(each, version, strict=True)


def test_a_wrong_object_is_refused() -> None:
    [wrong, *_] = of_kind("small", "Deployment")
    wrong["spec"]["template"]["spec"]["containers"][0]["readyness"] = {}
    with pytest.raises(kubernetes_validate.ValidationError, match="readyness"):
        kubernetes_validate.validate(wrong, VERSIONS[0], strict=True)


@pytest.fixture(scope="module")
def sources() -> keda.Sources:
    """KEDA's own files, of its Go module."""
    return keda.ensure()


@pytest.fixture(scope="module")
def validator(sources: keda.Sources) -> Draft4Validator:
    """Checks a ScaledObject by KEDA's definition, and that no field is unknown to it."""
    return Draft4Validator(sources.schema())


@pytest.fixture
def scaled() -> list[Document]:
    """All that KEDA is told."""
    return list(of_kind("production", "ScaledObject"))


def test_a_scaled_object_is_one_of_keda(validator: Draft4Validator, scaled: list[Document]) -> None:
    assert len(scaled) == 5
    for each in scaled:
        assert not [error.message for error in validator.iter_errors(each)]


def test_a_wrong_scaled_object_is_refused(
    validator: Draft4Validator, scaled: list[Document]
) -> None:
    scaled[0]["spec"]["maxReplicas"] = 3
    scaled[1]["spec"]["pollingInterval"] = "15s"
    found = [error.message for each in scaled for error in validator.iter_errors(each)]
    assert len(found) == 2
    assert "maxReplicas" in found[0]


def test_a_trigger_says_only_what_its_scaler_reads(
    sources: keda.Sources, scaled: list[Document]
) -> None:
    for each in scaled:
        for trigger in each["spec"]["triggers"]:
            unknown = trigger["metadata"].keys() - sources.read_by(trigger["type"])
            assert not unknown, f"{each['metadata']['name']}: {unknown}"
