"""What people publish, wired."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatstream.contexts import content_feeds
from chatstream.wiring import Front, Parts, Wiring, Worker
from schemas import databases, services
from schemas.contexts.contents import CONTENT, CONTEXT, ERASURE, INSPECTION

if TYPE_CHECKING:
    from agents.contents.feeds import FeedPushes
    from infra.postgres.pool import Database
    from web.live.news import News


MILLION = 1_000_000


def _content(worker: Worker) -> None:
    database = worker.database(databases.CONTENT)
    _posts(worker, database, content_feeds.serve(worker))
    _inspections(worker, database)


def _posts(worker: Worker, database: Database, pushes: FeedPushes) -> None:
    """Posts, and what each line hears of the other."""
    from agents.contents import following, wishes
    from agents.contents.erasing import ContentErasure
    from agents.erasure import steps
    from infra.postgres.content_erasure import PostgresContentEraser
    from infra.postgres.contents import PostgresContents

    app = worker.app
    store = PostgresContents(database, worker.line(CONTENT, database))
    wishes.register(app, store, pushes.posts_wait)
    following.register(app, worker.recall)
    steps.register(app, ERASURE, ContentErasure(app, PostgresContentEraser(database)))


def _inspections(worker: Worker, database: Database) -> None:
    """Who judges versions."""
    from agents.contents import inspections
    from agents.contents.inspecting import RuleInspector
    from infra.models.english_profanity import EnglishProfanity
    from infra.postgres.inspections import PostgresInspections
    from infra.text.mecab import DictionaryReader

    store = PostgresInspections(database, worker.line(INSPECTION, database))
    its = worker.settings.content
    second = EnglishProfanity() if its.second_opinion else None
    inspector = RuleInspector(worker.policies, DictionaryReader(), second)
    asks_model = bool(its.model_url)
    inspections.register(worker.app, store, inspector, asks_model=asks_model)
    if asks_model:
        _model(worker, database)


def _model(worker: Worker, database: Database) -> None:
    """A language model that is asked about what the rules accept."""
    from agents.contents.model import ModelInspector, ModelPrices, ModelTasks
    from infra.models.chat_completions import ChatCompletions, ChatEndpoint
    from infra.postgres.model_questions import ModelBounds, PostgresModelQuestions

    its = worker.settings.content
    key = its.model_key.get_secret_value()
    model = ChatCompletions(
        ChatEndpoint(url=its.model_url, model=its.model, key=key, timeout=its.model_timeout)
    )
    cost = round(its.model_budget * MILLION)
    questions = PostgresModelQuestions(
        database, ModelBounds(tokens=its.model_tokens, cost=cost, lease=4 * its.model_timeout)
    )
    prices = ModelPrices(
        tokens_in=round(its.model_price_in * MILLION),
        tokens_out=round(its.model_price_out * MILLION),
    )
    inspector = ModelInspector(worker.app, model, questions, prices)
    worker.app.run_beside(ModelTasks(inspector, its.model_tasks, its.model_interval))
    worker.app.after_stop.append(model.close)


def _front(front: Front) -> Parts:
    from chatstream.contexts import contents_front

    return contents_front.parts(front)


def _news() -> News:
    from web.live.contents import NEWS

    return NEWS


WIRING = Wiring(
    context=CONTEXT,
    serve={services.CONTENT: _content},
    front=_front,
    news=_news,
    copies=content_feeds.copies,
)
