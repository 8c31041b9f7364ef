"""The generations that are kept: listed, verified byte by byte, gone back to and forth, tidied."""

import fcntl
import shutil
from pathlib import Path

import pytest
from helpers import article, opened, rebuild_with

from index import rebuild as rebuild_module
from index.embedder import WordHashEmbedder
from index.errors import DamagedSnapshot, IncompatibleSnapshot, RebuildLocked, UnknownSnapshot
from index.kept import kept_generations, roll_back, sealed_folders, verify
from index.pointer import Pointer, current_generation, generations, pointer, publish
from index.snapshot import open_newest_good

ARTICLES = [article(f"a{number}", "Flood", f"flood number {number}", section="local") for number in range(12)]


@pytest.fixture
def three(data: Path) -> Path:
    """A data folder with three generations of 10, 11 and 12 articles, the last one current."""
    for count in (10, 11, 12):
        rebuild_with(data, ARTICLES[:count])
    return data


def spoil(path: Path) -> None:
    """Change the last byte of a file, and nothing of its size."""
    raw = path.read_bytes()
    path.write_bytes(raw[:-1] + bytes([raw[-1] ^ 1]))


def own_segment(data: Path, generation: str) -> Path:
    """The newest segment of a generation."""
    return sealed_folders(data, generation)[-1][0]


def test_what_is_kept_is_listed_newest_first_with_what_it_holds(three: Path) -> None:
    kept = kept_generations(three)
    assert [one.generation for one in kept] == generations(three)[::-1]
    assert [one.manifest.articles for one in kept] == [12, 11, 10]
    assert [one.current for one in kept] == [True, False, False]
    assert [one.problem for one in kept] == [None, None, None]


def test_a_size_alone_counts_only_what_no_other_generation_uses(three: Path) -> None:
    newest, middle, oldest = kept_generations(three)
    size = {path: sum(file.stat().st_size for file in path.iterdir()) for path in (three / "segments").iterdir()}
    folders = [three / "snapshots" / one.generation for one in (newest, middle, oldest)]
    own = [sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) for folder in folders]
    last = own_segment(three, newest.generation)
    assert newest.size == own[0] + sum(size.values())
    assert newest.size_alone == own[0] + size[last]
    assert middle.size_alone == own[1]
    assert oldest.size_alone == own[2]


def test_a_listing_says_what_a_missing_file_a_wrong_size_and_a_lost_manifest_mean(three: Path) -> None:
    newest, middle, oldest = generations(three)[::-1]
    (own_segment(three, newest) / "published.npy").unlink()
    (three / "snapshots" / middle / "tombstones.npy").write_bytes(b"")
    (three / "snapshots" / oldest / "manifest.json").unlink()
    kept = kept_generations(three)
    assert "published.npy is missing" in kept[0].problem
    assert "tombstones.npy has 0 bytes" in kept[1].problem
    assert (kept[2].manifest, kept[2].problem) == (None, f"{oldest}/manifest.json is missing")


def test_an_empty_or_missing_folder_keeps_nothing(data: Path) -> None:
    assert kept_generations(data) == []


def test_any_changed_byte_is_found_and_its_file_named(three: Path) -> None:
    generation = current_generation(three)
    files = [
        folder / name
        for folder, seals in sealed_folders(three, generation)
        for name, seal in seals.items()
        if seal.size
    ]
    assert len(files) > 60
    for path in files[::7]:
        raw = path.read_bytes()
        spoil(path)
        with pytest.raises(DamagedSnapshot, match=path.name):
            verify(three, generation, set())
        path.write_bytes(raw)
    verify(three, generation, set())


def test_verifying_tells_how_many_bytes_are_read_and_reads_shared_segments_once(three: Path) -> None:
    told: list[tuple[int, int]] = []
    proven: set[Path] = set()
    newest, middle, _ = generations(three)[::-1]
    verify(three, newest, proven, lambda done, total: told.append((done, total)))
    total = sum(seal.size for _, seals in sealed_folders(three, newest) for seal in seals.values())
    assert told[-1] == (total, total)
    assert told == sorted(told)
    again: list[int] = []
    verify(three, middle, proven, lambda done, total: again.append(total))
    assert set(again) == {sum(seal.size for seal in sealed_folders(three, middle)[0][1].values())}


def test_a_rollback_publishes_the_one_before_and_says_so_in_the_pointer(three: Path) -> None:
    oldest, middle, newest = generations(three)
    assert roll_back(three) == (newest, middle)
    assert pointer(three) == Pointer(middle, rolled_back=True)
    assert (current_generation(three), len(opened(three))) == (middle, 11)
    assert roll_back(three) == (middle, oldest)
    with pytest.raises(UnknownSnapshot, match=f"no snapshot older than {oldest} is kept"):
        roll_back(three)


def test_a_rollback_to_the_newest_undoes_it(three: Path) -> None:
    newest = current_generation(three)
    roll_back(three)
    roll_back(three, newest)
    assert pointer(three) == Pointer(newest, rolled_back=False)


def test_a_rollback_to_an_unknown_or_the_published_one_is_refused_with_those_there_are(three: Path) -> None:
    names = ", ".join(generations(three))
    for name in ("nothing", ".", "../snapshots"):
        with pytest.raises(UnknownSnapshot, match=f"there are: {names}"):
            roll_back(three, name)
    with pytest.raises(UnknownSnapshot, match="is published already"):
        roll_back(three, current_generation(three))


def test_a_damaged_generation_is_not_gone_back_to(three: Path) -> None:
    oldest, middle, newest = generations(three)
    spoil(three / "snapshots" / middle / "links_out.npy")
    with pytest.raises(DamagedSnapshot, match=r"links_out\.npy"):
        roll_back(three)
    assert pointer(three) == Pointer(newest)
    assert roll_back(three, oldest) == (newest, oldest)


def test_a_generation_of_another_format_is_not_gone_back_to(three: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("index.snapshot.READABLE", (1,))
    with pytest.raises(IncompatibleSnapshot, match="has format 3"):
        roll_back(three)


def test_a_damaged_pointer_is_mended_by_going_to_the_newest(three: Path) -> None:
    (three / "current").write_bytes(b"")
    assert roll_back(three) == (None, generations(three)[-1])
    assert open_newest_good(three)[1] == []


def test_a_rollback_waits_for_no_rebuild(three: Path) -> None:
    with (three / "rebuild.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(RebuildLocked):
            roll_back(three)
    assert not pointer(three).rolled_back


@pytest.mark.parametrize(("text", "rolled_back"), [("G1\n", False), ("G1", False), ("G1\nrolled back\n", True)])
def test_a_pointer_of_one_line_reads_as_before(tmp_path: Path, text: str, rolled_back: bool) -> None:
    (tmp_path / "current").write_text(text)
    assert pointer(tmp_path) == Pointer("G1", rolled_back)
    assert current_generation(tmp_path) == "G1"


def test_the_next_rebuild_publishes_the_archives_present_state_and_ends_the_rollback(three: Path) -> None:
    newest = current_generation(three)
    _, middle = roll_back(three)
    report = rebuild_with(three, ARTICLES)
    assert (report.published, report.added, report.embedded) == (True, 1, 0)
    assert opened(three).manifest.parent == middle
    assert pointer(three) == Pointer(report.generation)
    assert newest in generations(three)


def test_a_rebuild_to_what_was_gone_back_to_keeps_it_and_ends_the_rollback(three: Path) -> None:
    newest = current_generation(three)
    _, middle = roll_back(three)
    assert rebuild_with(three, ARTICLES[:11]).published is False
    assert pointer(three) == Pointer(middle)
    assert newest in generations(three)


def test_how_many_stay_is_an_option_and_the_published_one_always_does(three: Path) -> None:
    _, middle, newest = generations(three)
    assert rebuild_with(three, ARTICLES, keep=2).published is False
    assert generations(three) == [middle, newest]
    for count in (11, 12, 11):
        rebuild_with(three, ARTICLES[:count], keep=2)
    assert len(generations(three)) == 2
    assert generations(three)[-1] == current_generation(three)


def test_generations_that_were_never_published_do_not_pile_up(three: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    published = generations(three)

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(rebuild_module, "publish", killed)
        for _ in range(4):
            with pytest.raises(KeyboardInterrupt):
                rebuild_with(three, ARTICLES[1:], keep=3)
            assert current_generation(three) == published[-1]
    assert set(published) < set(generations(three))
    assert len(generations(three)) <= 3 + 3 + 1
    rebuild_with(three, ARTICLES[1:], keep=3)
    assert len(generations(three)) == 3


def test_what_is_listed_is_whole_after_another_model_was_tried_and_left(data: Path) -> None:
    rebuild_with(data, ARTICLES, WordHashEmbedder(32))
    rebuild_with(data, ARTICLES, WordHashEmbedder(64))
    roll_back(data)
    assert opened(data).manifest.recipe.model == "word-hash-32"
    assert [one.problem for one in kept_generations(data)] == [None, None]


def test_a_generation_can_be_gone_back_to_in_a_copy_of_the_folder(three: Path, tmp_path: Path) -> None:
    shutil.copytree(three, tmp_path / "copy")
    _, now = roll_back(tmp_path / "copy")
    publish(three, now)
    assert open_newest_good(three)[0].generation == open_newest_good(tmp_path / "copy")[0].generation == now
