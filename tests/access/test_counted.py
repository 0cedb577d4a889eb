"""What is counted in rooms that not everybody knows is counted to their page; none of them is named as a page."""

from tests.access.court import Court
from tests.access.desk import Desk
from tests.access.estate import GROUP
from tests.faults.nursery import QuickSite
from tests.running import Visitor


def read_log(court: Court, who: Visitor, room: str, token: str) -> None:
    params = {"urlId": room, "userIdWS": token, "startTime": "1"}
    answer = court.site.http.get(f"/event-log/{court.id}", params=params, headers=who.headers)
    assert answer.status_code == 200, answer.text


def test_what_waits_and_what_is_private_is_counted_to_its_page(site: QuickSite, page: str) -> None:
    court = Court(site, "--approval", "guests")
    guest, ann = court.guest(), court.member("Ann", GROUP)
    guest.created(page, "Wait")
    ann.created(page, "For us", groups=[GROUP])
    thread = ann.created(page, "For all")["conversation"]["urlId"]
    within = ann.created(thread, "Of what was said there")["conversation"]["urlId"]
    read = 0
    for who in (guest, ann):
        snapshot = who.snapshot(page)
        rooms = {room["urlId"] for room in snapshot["rooms"]} | {chat["urlId"] for chat in snapshot["conversations"]}
        assert len(rooms) == 4, "the page's, one that only some know, two threads"
        for room in (*rooms, thread, within):
            read_log(court, who, room, snapshot["userIdWS"])
            read += 1
    answer = site.http.get("/api/v1/usage/pages", headers=court.keyed).json()
    assert [each["urlId"] for each in answer["pages"]] == [page]
    assert answer["pages"][0]["eventLogReadCount"] == read
    assert answer["pages"][0]["conversationCreateCount"] == 4


def test_the_room_of_those_who_run_the_tenant_is_no_page(site: QuickSite) -> None:
    court = Court(site)
    door = Desk.opened(site, court.id).get("/api/v1/live")
    read_log(court, court.mod, door["room"]["urlId"], door["userIdWS"])
    assert site.http.get("/api/v1/usage/pages", headers=court.keyed).json()["pages"] == []
    used = site.http.get("/api/v1/usage", headers=court.keyed).json()["usage"]
    assert sum(each["eventLogReadCount"] for each in used) == 1
