"""What the measurements stand on: invented datasets that are sound, and the same wherever they are made."""

from app import seed
from app.models import Incident
from bench import synthetic


def test_an_invented_dataset_is_sound_and_the_same_every_time(tmp_path, published):
    for name in ("one", "two"):
        synthetic.write(300, tmp_path / name)
    files = {file.name: file.read_bytes() for file in (tmp_path / "one").iterdir()}
    assert files == {file.name: file.read_bytes() for file in (tmp_path / "two").iterdir()}
    package = seed.read(tmp_path / "one")
    assert len(package.tables[Incident]) == len(published.tables[Incident]) + 300
    assert package.translations() == ((), ())
