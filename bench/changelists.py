"""The same three lists as pages of a Django admin: its changelist view, on the same PostgreSQL database."""

# Django's models are read by its own rules.
# pyright: basic

import os
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from sqlalchemy.engine import make_url

from tests.support.many_cases import COUNTY, Filled

Call = Callable[[], Awaitable[object]]
PER_PAGE = 20


def set_up(urls: Mapping[str, str]) -> None:
    """Have Django know the databases at ``urls``, by their names; once in a process."""
    import django
    from django.conf import settings

    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    databases = {name: _database(url) for name, url in urls.items()}
    settings.configure(
        DATABASES={"default": {}, **databases},
        SECRET_KEY="bench",
        USE_TZ=True,
        ROOT_URLCONF=__name__,
        INSTALLED_APPS=[f"django.contrib.{one}" for one in ("admin", "auth", "contenttypes", "messages", "sessions")],
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "APP_DIRS": True,
                "OPTIONS": {
                    "context_processors": [
                        "django.template.context_processors.request",
                        "django.contrib.auth.context_processors.auth",
                        "django.contrib.messages.context_processors.messages",
                    ]
                },
            }
        ],
        STATIC_URL="/static/",
    )
    django.setup()


def _database(url: str) -> dict[str, Any]:
    parts = make_url(url)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.database,
        "USER": parts.username,
        "HOST": parts.host,
        "PORT": parts.port,
        "CONN_MAX_AGE": None,
    }


def _model() -> Any:
    """Return the cases as Django sees them, with all that the lists show."""
    from django.db import models

    def table(called: str, kept_in: str, **fields: Any) -> Any:
        meta = type("Meta", (), {"managed": False, "db_table": kept_in, "app_label": "admin"})
        key = {"id": models.CharField(max_length=32, primary_key=True)}
        return type(called, (models.Model,), {"__module__": __name__, "Meta": meta, **key, **fields})

    def text() -> Any:
        return models.CharField(max_length=200)

    def other(model: Any, column: str) -> Any:
        return models.ForeignKey(model, models.DO_NOTHING, null=True, db_column=column, related_name="+")

    unit = table("Unit", "units", name=text(), __str__=lambda self: self.name)
    school = table("Institution", "institutions", name=text(), __str__=lambda self: self.name)
    person = table("Person", "persons", name_cipher=models.BinaryField(), __str__=lambda self: self.id)
    return table(
        "Case",
        "cases",
        **{name: text() for name in ("number", "matter_name", "status", "stage", "region", "role", "reviewers")},
        **{name: models.DateTimeField(null=True) for name in ("submitted_at", "finished_at")},
        **{name: models.DateField(null=True) for name in ("answer_by", "step_by")},
        **{name: models.IntegerField() for name in ("version", "returned")},
        **{name: text() for name in ("house_id", "officer_id", "version_id", "review_unit_id")},
        unit=other(unit, "unit_id"),
        institution=other(school, "institution_id"),
        person=other(person, "person_id"),
    )


urlpatterns: list[Any] = []


def calls(database: str, filled: Filled, pages: Mapping[str, tuple[int, int]]) -> dict[str, dict[str, Call]]:
    """Return what opens a page of each list once: ``django`` to its last tag, ``django_rows`` to the rows as objects.

    Of each page in ``pages``: its number, from 1, and how many rows it has.
    """
    from django.contrib import admin
    from django.contrib.auth.models import User
    from django.db.models import Q
    from django.test import RequestFactory
    from django.urls import path

    from jsrs_portal import clock

    global _known
    _known = _known or _model()
    if not urlpatterns:
        admin.site.register(_known)
        urlpatterns.append(path("admin/", admin.site.urls))
    user = User(id=1, username="bench", is_staff=True, is_superuser=True)
    in_time = Q(answer_by__isnull=True) | Q(answer_by__gte=clock.today())
    lists = {
        "list": (
            Q(house_id=filled.boss.unit_id, submitted_at__isnull=False),
            ("-submitted_at", "-id"),
            ("institution",),
        ),
        "workbench": (
            in_time
            & Q(review_unit_id=filled.boss.unit_id, status="UNIT_REVIEW", reviewers__contains="LEGAL_REP")
            & ~Q(person_id=filled.boss.person_id),
            ("-submitted_at", "-id"),
            ("person",),
        ),
        "queue": (
            Q(region=COUNTY, status__in=("SUBMITTED", "ACCEPTED"), officer_id__isnull=True),
            ("step_by", "id"),
            ("person", "unit", "institution"),
        ),
    }

    def showing(
        number: int, rows: int, condition: Any, order: tuple[str, ...], joined: tuple[str, ...]
    ) -> tuple[Call, Call]:
        class Page(admin.ModelAdmin):
            list_display = ("number", "matter_name", *joined, "status", "submitted_at", "step_by")
            list_select_related = joined
            list_per_page = PER_PAGE
            ordering = order
            show_full_result_count = False

            def get_queryset(self, request: Any) -> Any:
                return super().get_queryset(request).using(database).filter(condition)

        page, factory = Page(_known, admin.site), RequestFactory()

        def asked() -> Any:
            request = factory.get("/admin/", {"p": number} if number > 1 else {})
            request.user = user
            return request

        async def show() -> object:
            return _whole(page.changelist_view(asked()), rows)

        async def read() -> object:
            found = list(page.get_changelist_instance(asked()).result_list)
            if len(found) != rows:
                raise RuntimeError(f"a changelist of {len(found)} rows instead of {rows}")
            return found

        return show, read

    made = {name: showing(*pages[name], *one) for name, one in lists.items()}
    return {side: {name: one[at] for name, one in made.items()} for at, side in enumerate(("django", "django_rows"))}


def _whole(answer: Any, wanted: int) -> bytes:
    """Return a page that was made, with as many rows as it should have."""
    found = answer.render().content
    rows = found.count(b'class="action-checkbox"')
    if rows != wanted:
        raise RuntimeError(f"a changelist of {rows} rows instead of {wanted}: {found[:300]!r}")
    return found


_known: Any = None
