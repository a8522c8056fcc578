//! `invite-bot demo --play`: every outcome of each provider, played in the terminal.

use std::io::Write as _;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use stand_ins::telegram::{Message, Person, Telegram};

use super::samples::OUTCOMES;
use super::world::{Plan, World};
use crate::app::Signals;
use crate::domain::Provider;
use crate::failure::Failure;

struct Scene {
    provider: Provider,
    address: &'static str,
    expected: &'static str,
}

const SCENES: [Scene; 14] = {
    use Provider::{Invoicebox, Sbis};
    const fn scene(provider: Provider, address: &'static str, expected: &'static str) -> Scene {
        Scene { provider, address, expected }
    }
    [
        scene(Invoicebox, "accepted", "принято"),
        scene(Invoicebox, "refused", "отказ"),
        scene(Invoicebox, "client", "отказ"),
        scene(Invoicebox, "slow", "неизвестно"),
        scene(Invoicebox, "unreachable", "не отправлено"),
        scene(Invoicebox, "throttled", "принято"),
        scene(Invoicebox, "key", "принято"),
        scene(Sbis, "accepted", "принято"),
        scene(Sbis, "refused", "отказ"),
        scene(Sbis, "client", "уже клиент"),
        scene(Sbis, "slow", "неизвестно"),
        scene(Sbis, "unreachable", "не отправлено"),
        scene(Sbis, "throttled", "принято"),
        scene(Sbis, "key", "принято"),
    ]
};

/// The directories know only this one.
const KNOWN: &str = "1215107651";

/// One for each scene, since an unsettled invitation bars another one to its organisation.
const INNS: [&str; 7] =
    [KNOWN, "7707083893", "7736050003", "7605016030", "7707049388", "7708503727", "7706107510"];

pub async fn play() -> Result<(), Failure> {
    let mut signals = Signals::new()?;
    // Nobody is there to press «Стоп».
    let plan = Plan { send_delay: Duration::ZERO, ..Plan::default() };
    let world = World::start_with(plan).await?;
    let played = tokio::select! {
        played = scenes(&world) => played,
        () = signals.next() => {
            world.stop().await;
            return Err(Failure::Usage("Остановлено, сыграно не всё.".to_owned()));
        }
    };
    let mut refusals = world.stand_ins.telegram.refusals();
    // «отправляю…» stands for two states, so an edit may change nothing.
    refusals.retain(|refusal| !refusal.description.contains("message is not modified"));
    let mut violations: Vec<String> = Provider::ALL
        .iter()
        .flat_map(|known| world.stand_ins.provider(*known).violations())
        .collect();
    violations.extend(world.stand_ins.dadata.directory().violations());
    violations
        .extend(world.stand_ins.invoicebox.directory().into_iter().flat_map(|it| it.violations()));
    world.stop().await;
    played?;
    if !refusals.is_empty() || !violations.is_empty() {
        let refused = format!("{refusals:?} {violations:?}");
        return Err(anyhow::anyhow!("requests were refused: {refused}").into());
    }
    say(&format!("Сыграно приглашений: {}, все итоги — как ожидались.", SCENES.len()))?;
    Ok(())
}

fn say(text: &str) -> anyhow::Result<()> {
    writeln!(std::io::stdout(), "{text}\n").context("cannot print")
}

async fn scenes(world: &World) -> anyhow::Result<()> {
    let Telegrammer { telegram, anna } = Telegrammer::of(world);
    for person in [&world.people.oleg, &anna] {
        telegram.waits_for(person, "Здравствуйте").await?;
    }
    for (place, scene) in SCENES.iter().enumerate() {
        let known = OUTCOMES.iter().find(|(address, _)| address.starts_with(scene.address));
        let (address, _) = known.context("the addresses of the demo name every scene")?;
        let inn = INNS.get(place % INNS.len()).context("there are enough ИНН")?;
        say(&format!("—— {} из {} ——", place + 1, SCENES.len()))?;
        let summary = confirm(world, scene, address, inn).await?;
        say(&format!("{}\n\n> [Отправить]", summary.transcript()))?;
        let result = settled(world, scene, address).await.with_context(|| {
            format!("{:?} {address}: expected «{}»", scene.provider, scene.expected)
        })?;
        ensure!(result.text.contains("№"), "a result without its number: {}", result.text);
        say(&result.transcript())?;
    }
    telegram.says(&anna, "/status");
    let list = telegram.waits_for(&anna, "Мои приглашения").await?;
    say(&format!("> /status\n\n{}", list.transcript()))
}

struct Telegrammer {
    telegram: Telegram,
    anna: Person,
}

impl Telegrammer {
    fn of(world: &World) -> Self {
        Self { telegram: world.stand_ins.telegram.clone(), anna: world.people.anna.clone() }
    }

    async fn says(&self, text: &str, answer: &str) -> anyhow::Result<()> {
        self.telegram.says(&self.anna, text);
        self.telegram.waits_for(&self.anna, answer).await?;
        Ok(())
    }

    /// The other provider may have invited the address before.
    async fn insists(&self, summary: &str) -> anyhow::Result<Message> {
        const ANYWAY: &str = "Всё равно";
        let last = |chat: &[Message]| {
            let last = chat.last().filter(|last| last.is_from_bot())?;
            let is_next = last.text.contains(summary) || last.button(ANYWAY).is_some();
            is_next.then(|| last.clone())
        };
        let seen = self.telegram.until(&self.anna, summary, last).await?;
        if seen.button(ANYWAY).is_none() {
            return Ok(seen);
        }
        self.telegram.presses(&self.anna, ANYWAY).await?;
        Ok(self.telegram.waits_for(&self.anna, summary).await?)
    }

    async fn presses(&self, label: &str, answer: &str) -> anyhow::Result<()> {
        self.telegram.presses(&self.anna, label).await?;
        self.telegram.waits_for(&self.anna, answer).await?;
        Ok(())
    }
}

async fn confirm(
    world: &World,
    scene: &Scene,
    address: &str,
    inn: &str,
) -> anyhow::Result<Message> {
    let anna = Telegrammer::of(world);
    anna.says("/invite", "Куда приглашаем").await?;
    match scene.provider {
        Provider::Invoicebox => anna.presses("Invoicebox", "e-mail").await?,
        Provider::Sbis if inn == KNOWN => {
            anna.presses("СБИС", "ИНН").await?;
            anna.says(inn, "Это она?").await?;
            anna.presses("Да", "e-mail").await?;
        }
        Provider::Sbis => {
            anna.presses("СБИС", "ИНН").await?;
            anna.says(&format!("{inn}/121501001"), "название").await?;
            anna.says("Детский сад Чайка", "e-mail").await?;
        }
    }
    let summary = "Проверьте перед отправкой";
    match scene.provider {
        Provider::Invoicebox => drop(anna.telegram.says(&anna.anna, address)),
        Provider::Sbis => {
            anna.says(address, "офиса").await?;
            anna.telegram.says(&anna.anna, "7705");
        }
    }
    let summary = anna.insists(summary).await?;
    anna.telegram.presses(&anna.anna, "Отправить").await?.answer().await?;
    Ok(summary)
}

async fn settled(world: &World, scene: &Scene, address: &str) -> anyhow::Result<Message> {
    let Telegrammer { telegram, anna } = Telegrammer::of(world);
    if scene.address == "key" {
        resumed(world).await?;
    }
    let is_settled = |it: &Message| it.text.contains(address) && it.text.contains(scene.expected);
    let settled = |chat: &[Message]| chat.last().filter(|last| is_settled(last)).cloned();
    Ok(telegram.until(&anna, scene.expected, settled).await?)
}

/// The key is refused: Анна's invitation waits until Олег lets it go.
async fn resumed(world: &World) -> anyhow::Result<()> {
    let Telegrammer { telegram, anna } = Telegrammer::of(world);
    let oleg = &world.people.oleg;
    let notice = telegram.waits_for(oleg, "не подходит ключ").await?;
    let waits = telegram.waits_for(&anna, "Админ знает").await?;
    say(&waits.transcript())?;
    say(&format!("Олегу пришло:\n{}\n\n> Олег: [Возобновить]", notice.transcript()))?;
    telegram.presses(oleg, "Возобновить").await?.answer().await?;
    let again = telegram.waits_for(oleg, "снова отправляет").await?;
    say(&format!("Олегу:\n{}", again.transcript()))
}
