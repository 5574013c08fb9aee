"""Signs of life: who is missed, and after how many looks."""

from galaxy_causal.crew.pulse import Signs


class Told:
    """A line on which a test itself tells."""

    def __init__(self, **said):
        self.said = said

    def told(self, name):
        return self.said.get(name)


def test_a_process_is_missed_from_its_last_sign_or_from_the_start_if_it_never_gave_one():
    line = Told(lively=0, silent=7)
    signs = Signs(line, ["lively", "silent", "never"])
    for beat in range(1, 4):
        line.said["lively"] = beat
        signs.look()
    assert signs.missed == {"lively": 0, "silent": 2, "never": 3}
    assert [name for name in signs.missed if signs.lost(name, 2)] == ["silent"]
    line.said |= {"silent": 8, "never": 1}
    signs.look()
    assert signs.missed == {"lively": 1, "silent": 0, "never": 0}
    signs.look()
    signs.forget()
    assert signs.missed == {"lively": 0, "silent": 0, "never": 0}
