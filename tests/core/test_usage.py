from collabchat.core.usage import ALL_SITES, NOBODYS, Counts, Key, Ledger


def test_what_is_counted_is_handed_over_once() -> None:
    ledger = Ledger()
    account = ledger.account("t", "https://x.example", "p")
    account.send(2, 100)
    account.send(1, 50)
    ledger.count("t", "https://x.example", "p").page_load_count += 1
    key = Key("t", "https://x.example", "p")
    assert ledger.take() == {key: Counts(page_load_count=1, pub_sub_message_count=3, pub_sub_bandwidth=150)}
    assert ledger.take() == {}
    account.send(1, 1)
    assert ledger.take() == {key: Counts(pub_sub_message_count=1, pub_sub_bandwidth=1)}


def test_people_are_counted_once_however_many_rooms_they_are_in_and_their_peak_lasts_to_the_next_handing_over() -> None:
    ledger = Ledger()
    for origin, person in (("", "ana"), ("", "ana"), ("https://x.example", "ana"), ("https://x.example", "bo")):
        ledger.enter("t", origin, person)
    assert (ledger.viewers("t"), ledger.viewers("t", ""), ledger.viewers("t", "https://x.example")) == (2, 1, 2)
    ledger.leave("t", "https://x.example", "bo")
    assert ledger.viewers("t") == 1

    def peaks() -> dict[str, int]:
        return {key.origin: counts.peak_concurrent_viewers for key, counts in ledger.take().items()}

    assert peaks() == {ALL_SITES: 2, "": 1, "https://x.example": 2}
    assert peaks() == {ALL_SITES: 1, "": 1, "https://x.example": 1}
    ledger.leave("t", "", "ana")
    ledger.leave("t", "", "ana")
    ledger.leave("t", "https://x.example", "ana")
    peaks()
    assert peaks() == {}
    assert ledger.viewers("t") == 0


def test_that_those_look_on_who_run_a_tenant_is_nobodys_use() -> None:
    ledger = Ledger()
    account = ledger.account("t", NOBODYS, "p")
    account.send(1, 10)
    account.see(3)
    ledger.enter("t", NOBODYS, "staff:neva")
    assert ledger.take() == {}
    assert ledger.viewers("t") == 0
    ledger.leave("t", NOBODYS, "staff:neva")


def test_a_room_remembers_its_most_viewers() -> None:
    ledger = Ledger()
    account = ledger.account("t", "", "p")
    for viewers in (2, 5, 1):
        account.see(viewers)
    assert ledger.take() == {Key("t", "", "p"): Counts(peak_concurrent_viewers=5)}
