// @vitest-environment happy-dom
/** Claims about channels on the dashboard: money always has a way back. */
import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, test } from "vitest";
import { channel, disputes, found, NOW, status, usd, wallet, wished } from "#e2e/gallery/fixtures.ts";
import { sent } from "../testing.tsx";
import { freshPages, open } from "./testing.tsx";

freshPages();

describe("channels", () => {
  test("the bar says its three parts in words", async () => {
    open("#channels", { "channels.list": [channel] });
    expect(
      await screen.findByRole("img", { name: "Of 50\u00a0¢: 36\u00a0¢ paid, 2\u00a0¢ in flight, 12\u00a0¢ unused" }),
    ).toBeTruthy();
  });

  test("money comes back by asking the site", async () => {
    const { background } = open("#channels", { "channels.list": [channel] });
    await userEvent.click(await screen.findByRole("button", { name: "Get my money back" }));
    await userEvent.click(screen.getByRole("button", { name: "Get it back" }));
    expect(sent(background, "channel.close")).toEqual([{ channelId: channel.id }]);
    expect(await screen.findByText("The money is back")).toBeTruthy();
  });

  test("a wish to leave that has not worked yet is said to go on by itself, and can be taken back", async () => {
    const { background } = open("#channels", { "channels.list": wished.slice(0, 1) });
    expect(await screen.findByText(/tries again every few minutes/)).toBeTruthy();
    expect(screen.getByText(/network cannot be reached/)).toBeTruthy();
    await userEvent.click(screen.getByRole("button", { name: "Stay after all" }));
    expect(sent(background, "channel.cancelExit")).toEqual([{ channelId: channel.id }]);
  });

  test("a channel that is out of date is closed with its site, or left without it", async () => {
    const { background } = open("#channels", { "channels.list": [{ ...channel, status: "restored" }] });
    await userEvent.click(await screen.findByRole("button", { name: "Get my money back" }));
    await userEvent.click(screen.getByRole("radio", { name: /^Without the site’s consent/ }));
    await userEvent.click(screen.getByRole("button", { name: "Get it back" }));
    expect(sent(background, "channel.exit")).toEqual([{ channelId: channel.id, ownGas: false }]);
    expect(sent(background, "channel.close")).toEqual([]);
  });

  test("of a channel that was found by the phrase the person says which site it is", async () => {
    const { background } = open("#channels", { "channels.list": [found] });
    await userEvent.click(await screen.findByRole("button", { name: "Get my money back" }));
    await userEvent.type(screen.getByLabelText("Address of the site"), "toll.example");
    await userEvent.click(screen.getByRole("button", { name: "Get it back" }));
    expect(sent(background, "channel.close")).toEqual([{ channelId: found.id, site: "toll.example" }]);
    expect(await screen.findByText("The money is back")).toBeTruthy();
  });

  test("the person has the phrase’s channels looked for, and sees how far that is", async () => {
    const { background } = open("#channels", { "channels.list": [] });
    await userEvent.click(await screen.findByRole("button", { name: "Look for my channels" }));
    expect(sent(background, "channelSearch.start")).toEqual([{}]);
    background.change({ "channelSearch.get": { share: 0.5, found: 2, unlisted: 0 } });
    background.announce("channels");
    expect(await screen.findByText(/50 %, 2 channels found so far/)).toBeTruthy();
    background.change({ "channelSearch.get": { share: 1, found: 0, unlisted: 0, finishedAt: Date.now() } });
    background.announce("channels");
    expect(await screen.findByText(/No channel of this phrase/)).toBeTruthy();
  });

  test("a false close that needs the key is on every screen", async () => {
    open("#sites", { "status.get": { ...status, vault: "locked", disputes } });
    expect(await screen.findByText("Unlock to object to a false close by radio.example")).toBeTruthy();
  });

  test("a site that passes nothing on is not offered as a free way out: it says that the fee is one's own", async () => {
    const { background } = open("#channels", { "channels.list": [{ ...channel, trusted: false, relay: false }] });
    await userEvent.click(await screen.findByRole("button", { name: "Get my money back" }));
    expect(screen.queryByText(/Free of charge/)).toBeNull();
    expect(screen.getByText(/the network’s own coin for the fee/)).toBeTruthy();
    await userEvent.click(screen.getByRole("button", { name: "Get it back" }));
    expect(sent(background, "channel.exit")).toEqual([{ channelId: channel.id, ownGas: true }]);
  });

  test("an exit from a site that passes nothing on is finished at one's own cost", async () => {
    const { background } = open("#channels", {
      "channels.list": [{ ...channel, relay: false, status: "exiting", exitAt: NOW - 1_000 }],
    });
    await userEvent.click(await screen.findByRole("button", { name: "Take it at my own cost" }));
    expect(screen.queryByRole("button", { name: "Take it" })).toBeNull();
    expect(sent(background, "channel.finishExit")).toEqual([{ channelId: channel.id, ownGas: true }]);
  });

  test("without the site and without a relayer it says what is needed, what is there and where to send it", async () => {
    const ether = (atomic: string) => ({ atomic, decimals: 18, symbol: "ETH", dollar: false });
    const { background } = open("#channels", {
      "channels.list": [{ ...channel, trusted: false }],
      "channel.exit": {
        problem: "short_of_gas",
        need: ether("210000000000000"),
        have: ether("0"),
        address: wallet.address,
      },
    });
    await userEvent.click(await screen.findByRole("button", { name: "Get my money back" }));
    await userEvent.click(screen.getByRole("radio", { name: /at your own cost/ }));
    await userEvent.click(screen.getByRole("button", { name: "Get it back" }));
    expect(sent(background, "channel.exit")).toEqual([{ channelId: channel.id, ownGas: true }]);
    expect((await screen.findByText(/0\.00021 ETH/)).textContent).toContain("0 ETH");
    expect(screen.getByText(wallet.address)).toBeTruthy();
  });

  test("an exit counts down and cannot be finished before its time", async () => {
    open("#channels", { "channels.list": [{ ...channel, status: "exiting", exitAt: Date.now() + 3_600_000 }] });
    expect((await screen.findByRole("timer")).textContent).toMatch(/59:5\d|1 h 0 min|60:00/);
    expect(screen.queryByRole("button", { name: "Take it" })).toBeNull();
  });

  test("an exit whose time has come is finished with one press", async () => {
    const { background } = open("#channels", {
      "channels.list": [{ ...channel, status: "exiting", exitAt: NOW - 1_000 }],
    });
    await userEvent.click(await screen.findByRole("button", { name: "Take it" }));
    expect(sent(background, "channel.finishExit")).toEqual([{ channelId: channel.id, ownGas: false }]);
  });

  describe("a close", () => {
    const closing = { ...channel, status: "closing" } as const;
    const payeeClose = { asks: usd(400_000), deadline: NOW - 1_000, address: wallet.address };
    const running = { ...payeeClose, deadline: Date.now() + 3_600_000 };

    test("that the reader asked for is not said to be the site's wish", async () => {
      open("#channels", { "channels.list": [closing] });
      expect(await screen.findByText(/You asked the site to close it/)).toBeTruthy();
      expect(screen.queryByText(/closes it by itself/)).toBeNull();
    });

    test("by the site counts down, and cannot be ended before its time", async () => {
      open("#channels", { "channels.list": [{ ...closing, payeeClose: running }] });
      expect(await screen.findByText(/closes it by itself/)).toBeTruthy();
      expect(screen.getByRole("timer")).toBeTruthy();
      expect(screen.queryByRole("button", { name: "Get my money back" })).toBeNull();
    });

    test("whose proof lacks the fee says what is needed, and where to send it", async () => {
      const ether = (atomic: string) => ({ atomic, decimals: 18, symbol: "ETH", dollar: false });
      const short = { challenge: "short_of_gas", need: ether("210000000000000"), have: ether("0") } as const;
      open("#channels", { "channels.list": [{ ...closing, payeeClose: { ...running, ...short } }] });
      expect(await screen.findByText(/0\.00021 ETH/)).toBeTruthy();
      expect(screen.getByText(wallet.address)).toBeTruthy();
    });

    test("of a site that has vanished is ended with one press, once its time is over", async () => {
      const { background } = open("#channels", { "channels.list": [{ ...closing, payeeClose }] });
      expect(await screen.findByText(/own coin for the fee/)).toBeTruthy();
      await userEvent.click(screen.getByRole("button", { name: "Get my money back" }));
      expect(sent(background, "channel.finishExit")).toEqual([{ channelId: channel.id, ownGas: true }]);
    });
  });
});
