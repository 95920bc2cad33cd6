package io.rivulet.app.soak;

import static org.assertj.core.api.Assertions.assertThat;

import io.rivulet.app.soak.Kill.Victim;
import java.util.List;
import org.junit.jupiter.api.Test;

class KillTest {
  @Test
  void theSameSeedGivesTheSameCampaign() {
    assertThat(Kill.campaign(20, 3)).isEqualTo(Kill.campaign(20, 3));
    assertThat(Kill.campaign(20, 3)).isNotEqualTo(Kill.campaign(20, 4));
  }

  @Test
  void everyFiveKillsStrikeADriverFourTimesAndAnExecutorOnce() {
    List<Kill> campaign = Kill.campaign(12, 1);

    assertThat(campaign).hasSize(12);
    for (int from = 0; from < 10; from += 5) {
      assertThat(campaign.subList(from, from + 5))
          .extracting(Kill::victim)
          .containsExactlyInAnyOrder(
              Victim.DRIVER, Victim.DRIVER, Victim.DRIVER, Victim.EXECUTOR, Victim.STARTING_DRIVER);
    }
    assertThat(campaign).extracting(Kill::delayMs).allMatch(ms -> ms >= 0 && ms < 6000);
  }

  @Test
  void aDriverGetsExecutorsOnlyIfOneOfThemIsKilledBeforeIt() {
    List<Kill> campaign = List.of(new Kill(Victim.DRIVER, 0), new Kill(Victim.EXECUTOR, 0));

    assertThat(Kill.needsExecutors(campaign, 0)).isFalse();
    assertThat(Kill.needsExecutors(campaign, 1)).isTrue();
    assertThat(Kill.needsExecutors(campaign, 2)).isFalse();
  }
}
