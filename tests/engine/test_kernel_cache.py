"""The kernel's cache on disk sees one file alone: what is compiled into it from elsewhere is told to it by a digest."""

from hashlib import blake2b
from pathlib import Path

from cisim import inverse
from cisim.engine.compiled import kernel


def test_the_kernel_is_compiled_anew_when_the_functions_it_takes_in_have_changed():
    text = Path(inverse.__file__).read_text(encoding="utf-8")
    digest = blake2b(text.encode(), digest_size=8).hexdigest()
    assert digest == kernel.INVERSE, (
        "cisim/inverse.py has changed, and a kernel kept on disk would go on with its old functions: "
        f'write INVERSE = "{digest}" in cisim/engine/compiled/kernel.py, and it is compiled anew'
    )
