"""The plugin's files, its settings, and what administrators see; the key is in none of it."""

import json
import re
import subprocess

import pytest
from wordpress_fixtures import HARNESS, PLUGIN, need, php, play

PHP_FILES = sorted([*PLUGIN.rglob("*.php"), *HARNESS.glob("*.php")])
NEWER_THAN_7_4 = r"\?->|\bmatch\s*\(|\benum\s+\w|\breadonly\b|#\[|\bstr_(?:contains|starts_with|ends_with)\(|\bmb_\w+\("
SCRIPTS = sorted(PLUGIN.rglob("*.js"))


@pytest.mark.parametrize("path", PHP_FILES, ids=lambda path: path.name)
def test_every_php_file_is_php(path):
    done = subprocess.run([php(), "-l", path], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", sorted(PLUGIN.rglob("*.php")), ids=lambda path: path.name)
def test_every_file_is_short_needs_no_newer_php_and_does_nothing_when_called_by_itself(path):
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 300
    assert not re.search(NEWER_THAN_7_4, text)
    if path.parent.name == "includes":
        alone = subprocess.run([php(), path], capture_output=True, text=True, check=False)
        assert (alone.stdout, alone.returncode) == ("", 0)


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_every_script_is_javascript(path):
    subprocess.run([need("node", "apt-get install nodejs"), "--check", path], check=True)


def test_versions_agree():
    header = (PLUGIN / "alsoread.php").read_text(encoding="utf-8")
    readme = (PLUGIN / "readme.txt").read_text(encoding="utf-8")
    versions = {*re.findall(r"Version:\s+(\d\S+)", header), *re.findall(r"VERSION\s+= '(.+)'", header)}
    assert versions | set(re.findall(r"Stable tag: (\S+)", readme)) == {"1.0.0"}
    for name in ("Requires at least", "Requires PHP"):
        assert len({re.search(rf"{name}:\s+(\S+)", text)[1] for text in (header, readme)}) == 1


def test_the_block_says_what_its_script_and_its_php_expect():
    block = json.loads((PLUGIN / "blocks/suggestions/block.json").read_text(encoding="utf-8"))
    script = (PLUGIN / "blocks/suggestions/editor.js").read_text(encoding="utf-8")
    php_side = (PLUGIN / "includes/places.php").read_text(encoding="utf-8")
    assert f"'{block['name']}'" in script
    assert f"'{block['name']}'" in php_side
    for attribute in block["attributes"]:
        assert f"attributes.{attribute}" in script
        assert f"['{attribute}']" in php_side


def test_every_filter_stands_in_the_readme():
    source = "".join(path.read_text(encoding="utf-8") for path in PLUGIN.rglob("*.php"))
    offered = set(re.findall(r"apply_filters\( '(alsoread_\w+)'", source))
    assert offered == set(re.findall(r"^\* `(alsoread_\w+)`", (PLUGIN / "readme.txt").read_text("utf-8"), re.MULTILINE))


@pytest.mark.parametrize("scenario", ["admin_key_refused", "admin_key_in_errors", "admin_constant"])
def test_the_key_is_never_printed_only_its_public_number(scenario: str):
    played = play(scenario)
    pages = played.said.get("pages") or played.said["page"]
    secret = played.said["key"].split("_")[2]
    assert len(secret) == 64
    assert secret not in pages
    assert f"{played.said['key'].rpartition('_')[0]}_…" in pages


def test_the_key_is_sent_in_its_header_alone():
    for request in play("publish").requests:
        assert request.headers["Authorization"].startswith("Bearer alsoread_0123456789ab_f")
        assert "alsoread_0123456789ab" not in request.path + request.body


def test_a_service_that_is_long_away_is_told_to_administrators_only():
    said = play("admin_long_away").said
    assert said["soon"] == ""
    assert "Alsoread has not been reached for 120 mins; 1 posts wait" in said["late"]
    assert "Operation timed out" in said["late"]
    assert said["others"] == ""


def test_a_refused_post_is_named_with_the_reason_both_escaped():
    pages = play("admin_refused_post").said["pages"]
    assert "post.php?post=1" in pages
    assert "expected" in pages
    assert "Flood" in pages
    assert "<script" not in pages


def test_settings_are_cleaned_and_what_is_wrong_is_said():
    said = play("admin_form").said
    assert said["settings"] == {
        "reader_address": "http://alsoread.example.com/base",
        "server_address": "",
        "post_types": ["page"],
        "slots": {"also-read": 50},
        "automatic": True,
    }
    assert [error.partition(":")[0] for error in said["errors"]] == [
        "error alsoread_server_address",
        "warning alsoread_open",
    ]
    assert "javascript:alert(1)" in said["errors"][0]


def test_an_empty_field_keeps_the_key_and_a_tick_forgets_it():
    first, *others = play("admin_form").said["keys"]
    assert first.startswith("alsoread_0123456789ab_")
    assert others == ["new-key", "new-key", ""]


def test_uninstalling_leaves_nothing():
    said = play("admin_uninstall").said
    assert any(name.startswith("_transient_alsoread_kept_") for name in said["before"])
    assert said["options"] == ["another_plugins"]
    assert said["tables"] == ["wp_posts", "wp_postmeta", "wp_options"]
    assert said["meta"] == []
    assert said["cron"] == []
