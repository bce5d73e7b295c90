"""Group commit: everyone gets their own answer, a fault reaches all who wait, and nobody waits for ever."""

import asyncio
import threading

import pytest
from small_content import content, vignette

from boundaries.errors import CodeError, NotFound, StoreError, TooMany
from boundaries.lectures.rounds import writer as writer_module
from boundaries.lectures.rounds.halls import Halls, Receipt, Wish
from boundaries.lectures.rounds.writer import Writer

COURSE = content(vignette("tiles"))


def token(n):
    return f"{n:032x}"


def wish(code, n=1, rating=2):
    return Wish(code, token(n), "tiles", "first", rating, 3, "")


class Slow:
    """Stands for a database: answers when it is let, and remembers who came together."""

    def __init__(self):
        self.batches, self.let, self.fault = [], threading.Event(), None
        self.threads = set()
        self.let.set()

    def record(self, wishes):
        self.batches.append(len(wishes))
        self.threads.add(threading.get_ident())
        self.let.wait()
        if self.fault:
            raise self.fault
        return [Receipt(w.vignette, w.phase, "stored", w.token) for w in wishes]

    def joins(self, pairs):
        self.threads.add(threading.get_ident())
        self.let.wait()
        return [{"car": token} for _, token in pairs]

    def together(self, changes):
        self.let.wait()
        return [change(None) for change in changes]


def test_each_gets_their_own_receipt_from_the_database(place):
    halls = Halls(place.open(), COURSE)
    code = halls.create("F", ["tiles"])[0].code
    halls.move(code, "tiles", "first")

    async def lecture():
        writer = Writer(halls)
        joined = await asyncio.gather(*(writer.join(code, token(n)) for n in range(50)))
        got = await asyncio.gather(*(writer.put(wish(code, n, 1 + n % 5)) for n in range(50)))
        for bad, kind in (((code, "x"), CodeError), (("nix", token(1)), NotFound)):
            with pytest.raises(kind):
                await writer.join(*bad)
        late = await writer.put(wish(code, 99))
        await writer.close()
        return joined, got, late

    joined, got, late = asyncio.run(lecture())
    assert joined == [{}] * 50
    assert [r.rating for r in got] == [1 + n % 5 for n in range(50)]
    assert late.status == "stored"
    assert halls.counts(code) == (51, 51)


def test_what_queues_while_one_transaction_runs_goes_into_the_next_at_most_500():
    slow = Slow()
    slow.let.clear()

    async def storm():
        writer = Writer(slow)
        first = asyncio.create_task(writer.put(wish("c", 0)))
        await asyncio.sleep(0.05)
        others = [asyncio.create_task(writer.put(wish("c", n))) for n in range(1, 701)]
        await asyncio.sleep(0.05)
        slow.let.set()
        got = await asyncio.gather(first, *others)
        await writer.close()
        return got

    got = asyncio.run(storm())
    assert slow.batches == [1, 500, 200]
    assert [r.text for r in got] == [token(n) for n in range(701)]


def test_a_fault_reaches_everyone_who_waits_and_the_next_go_on():
    slow = Slow()
    slow.fault = StoreError("The disk is full.")

    async def storm():
        writer = Writer(slow)
        failed = await asyncio.gather(
            *(writer.put(wish("c", n)) for n in range(5)), return_exceptions=True
        )
        slow.fault = None
        after = await writer.put(wish("c", 9))
        await writer.close()
        return failed, after

    failed, after = asyncio.run(storm())
    assert [str(f) for f in failed] == ["The disk is full."] * 5
    assert {type(f) for f in failed} == {StoreError}
    assert after.status == "stored"


def test_who_waits_too_long_is_told_so_and_is_not_written_later_unless_it_had_begun():
    slow = Slow()
    slow.let.clear()

    async def storm():
        writer = Writer(slow, patience=0.2)
        first = asyncio.create_task(writer.put(wish("c", 0)))
        await asyncio.sleep(0.02)
        others = [writer.put(wish("c", n)) for n in range(1, 4)]
        got = await asyncio.gather(
            first, *others, writer.join("c", token(1)), return_exceptions=True
        )
        slow.let.set()
        after = await writer.put(wish("c", 9))
        await writer.close()
        return got, after

    got, after = asyncio.run(storm())
    assert {str(f) for f in got} == {
        "The database has not confirmed this yet, so it counts as not stored. It is sent again by itself."
    }
    assert {type(f) for f in got} == {StoreError}
    assert after.text == token(9)
    assert slow.batches == [1, 1]


def test_whoever_hangs_up_takes_nobodys_receipt_along():
    slow = Slow()
    slow.let.clear()

    async def storm():
        writer = Writer(slow)
        gone, waiting = (asyncio.create_task(writer.put(wish("c", n))) for n in range(2))
        joining = asyncio.create_task(writer.join("c", token(3)))
        await asyncio.sleep(0.02)
        gone.cancel()
        slow.let.set()
        got = await waiting, await joining
        await writer.close()
        return got

    got, levels = asyncio.run(storm())
    assert (got.text, levels, slow.batches) == (token(1), {"car": token(3)}, [2])
    assert len(slow.threads) == 1  # judgments and joins are written one after another


def test_an_answer_for_some_alone_is_none_for_all():
    slow = Slow()
    slow.record = lambda wishes: [Receipt("tiles", "first", "stored", "")]

    async def storm():
        writer = Writer(slow)
        waiting = [writer.put(wish("c", n)) for n in range(2)]
        got = await asyncio.gather(*waiting, return_exceptions=True)
        await writer.close()
        return got

    text = "The database answered for some and not for others. Send it again."
    assert [str(fault) for fault in asyncio.run(storm())] == [text] * 2


def test_more_than_can_wait_is_told_to_come_again(monkeypatch):
    monkeypatch.setattr(writer_module, "WAITING", 3)
    slow = Slow()
    slow.let.clear()

    async def storm():
        writer = Writer(slow)
        tasks = []
        for n in range(5):
            tasks.append(asyncio.create_task(writer.put(wish("c", n))))
            await asyncio.sleep(0.02)
        slow.let.set()
        got = await asyncio.gather(*tasks, return_exceptions=True)
        await writer.close()
        return got

    got = asyncio.run(storm())
    assert [type(r) for r in got] == [Receipt] * 4 + [TooMany]
    assert str(got[-1]) == (
        "Too many judgments wait to be stored. Yours was not stored yet; it is sent again by itself."
    )


def test_closing_writes_what_waits():
    slow = Slow()

    async def storm():
        writer = Writer(slow)
        tasks = [asyncio.create_task(writer.put(wish("c", n))) for n in range(3)]
        await asyncio.sleep(0)
        await writer.close()
        return await asyncio.gather(*tasks)

    assert [r.status for r in asyncio.run(storm())] == ["stored"] * 3


@pytest.mark.parametrize(("joins", "changes"), [(1, 8), (8, 1)])
def test_closing_waits_for_each_kind_and_ends_the_thread(monkeypatch, joins, changes):
    monkeypatch.setattr(writer_module, "BATCH", 1)
    slow = Slow()

    async def storm():
        writer = Writer(slow)
        waiting = [writer.put(wish("c"))]
        waiting += [writer.join("c", token(n)) for n in range(joins)]
        waiting += [writer.change(lambda _, n=n: n) for n in range(changes)]
        tasks = [asyncio.create_task(one) for one in waiting]
        await asyncio.sleep(0)
        await writer.close()
        got = await asyncio.gather(*tasks)
        with pytest.raises(RuntimeError, match="after shutdown"):
            await writer.put(wish("c"))
        return got

    receipt, *others = asyncio.run(storm())
    assert receipt.status == "stored"
    assert others == [*({"car": token(n)} for n in range(joins)), *range(changes)]
