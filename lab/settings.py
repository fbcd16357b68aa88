"""Every setting of the lab: one environment variable each, prefix ``LAB_``.

``docs/settings.md`` lists them; ``tests/unit/test_settings.py`` holds that list complete.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parent.parent


class Settings(BaseSettings):
    """How this installation runs. Every field has a sentence that the documentation repeats."""

    model_config = SettingsConfigDict(env_prefix="LAB_", extra="ignore", frozen=True)

    home: Path = Field(
        Path.home() / ".local/share/thao-truong",
        description="Where the lab keeps its data: the log, published policies, exports.",
    )
    cache: Path = Field(
        Path.home() / ".cache/thao-truong",
        description="Where downloads live: model weights, tokenizer ranks, fonts.",
    )
    keys: Path | None = Field(
        None,
        description="Where the server's keys live, kept apart from the data "
        "(default: the folder keys beside LAB_HOME's own folder, named after it).",
    )
    database: SecretStr | None = Field(
        None,
        description="URL of a PostgreSQL database for the log (postgresql://…), where several "
        "processes serve one lab (default: the file lab.sqlite in LAB_HOME).",
    )
    policies: Path = Field(ROOT / "policies", description="The policy as files: rules and lists.")
    exercises: Path = Field(ROOT / "exercises", description="The course as files.")

    host: str = Field("127.0.0.1", description="Address that the lab listens on.")
    port: int = Field(7860, ge=0, le=65535, description="Port that the lab listens on.")
    language: str = Field("vi", pattern="^[a-z]{2,3}$", description="Language shown first.")
    tls: bool = Field(
        False,
        description="Serve HTTPS with a certificate of a local authority, made and renewed here.",
    )
    public_url: str | None = Field(
        None, description="Address that browsers use, when a proxy stands in front."
    )

    assistant: Literal["auto", "openai", "embedded", "recorded"] = Field(
        "auto",
        description="Who answers: auto means embedded where its weights are there, else recorded.",
    )
    openai_base_url: str | None = Field(
        None, description="Base URL of an OpenAI-compatible endpoint, ending in /v1."
    )
    openai_api_key: SecretStr | None = Field(None, description="Key for that endpoint.")
    openai_model: str | None = Field(None, description="Name of the model at that endpoint.")
    openai_context: int | None = Field(
        None,
        ge=1024,
        description="Tokens of context of that model; where set, the oldest turns are left out of "
        "longer conversations.",
    )
    model_path: Path | None = Field(
        None, description="A GGUF file to use for the embedded model in place of the pulled one."
    )
    model: Literal["qwen2.5-coder-1.5b", "qwen2.5-coder-0.5b"] = Field(
        "qwen2.5-coder-1.5b", description="Which embedded model to pull and use."
    )
    model_slots: int = Field(
        2, ge=1, le=16, description="Replies that the embedded model writes at once."
    )
    model_threads: int = Field(
        0,
        ge=0,
        le=64,
        description="Processor threads of the embedded model; 0 means all processors but one "
        "(with all of them, its threads wait for each other as soon as anything else runs).",
    )
    model_context: int = Field(
        4096,
        ge=1024,
        le=32768,
        description="Tokens of context for each reply of the embedded model.",
    )
    reply_tokens: int = Field(350, ge=16, le=8192, description="Most new tokens in one reply.")
    temperature: float = Field(0.2, ge=0, le=2, description="Sampling temperature of the model.")
    connect_seconds: float = Field(
        10, gt=0, description="Seconds to wait for a connection to the model."
    )
    silence_seconds: float = Field(
        60, gt=0, description="Seconds without a word from the model before a turn is given up."
    )
    offer_recorded_seconds: float = Field(
        30, gt=0, description="Seconds in the queue after which a recorded reply is offered."
    )
    recorded_word_seconds: float = Field(
        0.04,
        ge=0,
        description="Pause between two words of a recorded reply, in seconds: about as fast as "
        "the small model writes.",
    )

    check_seconds: float = Field(
        5, gt=0, description="Seconds that one policy check may take before it blocks."
    )
    policy_watch_seconds: float = Field(
        30,
        gt=0,
        description="Seconds between two looks at whether the policy's files are still whole.",
    )
    officer_wait_hours: float = Field(
        24,
        ge=0,
        description="Hours for which an account that somebody else made or reset may not take part "
        "in weakening the policy, nor whoever made or reset an officer's account.",
    )
    prompt_chars: int = Field(20_000, ge=100, description="Most characters in one prompt.")
    attachment_mb: float = Field(
        10, gt=0, le=100, description="Megabytes of the largest file that can be attached."
    )
    attachment_chars: int = Field(
        20_000,
        ge=1000,
        le=200_000,
        description="Most characters of one attached file that go along with a prompt.",
    )
    attachment_seconds: float = Field(
        60, gt=0, description="Seconds after which reading an attached file is given up."
    )
    preview_seconds: float = Field(
        3, gt=0, description="Least seconds between two live checks of one page."
    )

    price_sent: float | None = Field(
        None, ge=0, description="Price of a million tokens sent; with it trainees see a cost."
    )
    price_received: float | None = Field(
        None, ge=0, description="Price of a million tokens received (default: as those sent)."
    )
    price_currency: str = Field(
        "VND", pattern="^[A-Z]{3}$", description="Currency of these prices, by its ISO 4217 code."
    )

    signin_idle_minutes: int = Field(
        45, ge=1, description="Minutes without a request after which a sign-in ends (shared PCs)."
    )
    signin_hours: int = Field(12, ge=1, description="Hours after which a sign-in ends anyway.")
    commit_ms: float = Field(
        3, ge=0, le=100, description="Milliseconds over which writes to the log share one commit."
    )
    anchor_minutes: float = Field(
        10, gt=0, description="Minutes between two signed anchors over the log."
    )

    @property
    def keys_dir(self) -> Path:
        """Folder of the server's keys, apart from the data."""
        return self.keys or self.home.with_name(self.home.name + "-keys")

    @property
    def tls_dir(self) -> Path:
        """Folder of the local authority, beside the server's keys."""
        return self.keys_dir / "tls"

    @property
    def database_file(self) -> Path:
        """The SQLite file of the log, where no other database is named."""
        return self.home / "lab.sqlite"
