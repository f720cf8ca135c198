"""The same thing is said once a minute."""

from monitor.engine.worker.news import AGAIN_SECONDS, MOST, News


def test_same_thing_is_news_again_after_a_minute():
    news = News()

    found = [news.is_news("ValueError", now) for now in (0.0, 1.0, AGAIN_SECONDS - 1, AGAIN_SECONDS, AGAIN_SECONDS + 1)]

    assert found == [True, False, False, True, False]


def test_other_things_are_news_of_their_own():
    news = News()

    assert news.is_news("ValueError", 0.0)
    assert news.is_news("KeyError", 0.0)


def test_ever_new_things_do_not_pile_up():
    news = News()

    assert all(news.is_news(str(number), 0.0) for number in range(3 * MOST))
    assert len(news._said) <= MOST
