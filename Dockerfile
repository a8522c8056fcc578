# syntax=docker/dockerfile:1
#
#   docker build -t invite-bot .
#   docker run -d --name invite-bot --restart unless-stopped --stop-timeout 150 \
#       --read-only --tmpfs /tmp --cap-drop ALL --security-opt no-new-privileges \
#       --env-file .env -v invite-bot-data:/data invite-bot
#
# Nothing but /data is written: the database and the lock beside it. A named volume gets the right owner by itself; a
# folder of the host has to belong to 65532. `--env-file` takes values as they are: no quotes.
# The stop timeout is above the longest PROVIDER_TIMEOUT_SECONDS: a call in flight is finished and
# recorded; killed before, it is unknown.
# Short commands: docker exec invite-bot /invite-bot admin list

FROM rust:1.95-slim-bookworm AS build
WORKDIR /src
COPY . .
# .cargo/config.toml makes the query macros read .sqlx, so that no database is needed here. Of the
# campaign, a member of the workspace, only the manifest is here: cargo reads those of all members.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    cargo build --release --locked \
    && cp target/release/invite-bot /invite-bot \
    && mkdir /data

# glibc and nothing else: no shell, no package manager; time zones and certificates are in the
# program.
FROM gcr.io/distroless/cc-debian12:nonroot
COPY --from=build /invite-bot /invite-bot
COPY --from=build --chown=65532:65532 /data /data
ENV DATABASE_URL=sqlite:/data/invite-bot.db
USER 65532:65532
VOLUME ["/data"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["/invite-bot"]
