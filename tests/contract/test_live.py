from tests.running import Visitor, next_event


def test_a_new_conversation_reaches_who_views_the_page_with_the_very_bytes_of_the_answer(
    ana: Visitor, bo: Visitor, page: str
) -> None:
    with bo.socket(page) as socket:
        created = ana.created(page, "Hi *there*, 50%")
        event = next_event(socket, "new-text-chat")
    assert event == created["event"]
    assert event["seq"] == created["seq"] == 1
    assert event["comment"]["commentHTML"] == "Hi <em>there</em>, 50%"
