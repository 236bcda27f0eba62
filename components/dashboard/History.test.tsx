// @vitest-environment happy-dom
/** Claims about the history on the dashboard: every payment with its receipt, and a file of them all. */
import { act, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, test, vi } from "vitest";
import { detail as payment, payments } from "#e2e/gallery/fixtures.ts";
import { sent } from "../testing.tsx";
import { freshPages, open } from "./testing.tsx";

freshPages();

describe("history", () => {
  test("older payments are asked for with the cursor, and the way back is kept", async () => {
    const { background } = open("#history", {
      "history.list": ({ cursor }) =>
        cursor === undefined ? { payments: [...payments], next: "page-2" } : { payments: payments.slice(0, 1) },
    });
    await userEvent.click(await screen.findByRole("button", { name: "Older" }));
    await waitFor(() => expect(sent(background, "history.list").at(-1)).toEqual({ limit: 50, cursor: "page-2" }));
    await userEvent.click(await screen.findByRole("button", { name: "Newer" }));
    await waitFor(() => expect(screen.getByRole("button", { name: "Newer" })).toHaveProperty("disabled", true));
  });

  test("a payment opens with the keyboard and shows its receipt in full", async () => {
    open("#history");
    const row = await screen.findByRole("row", { name: /The harbour at night/ });
    act(() => row.focus());
    await userEvent.keyboard("{Enter}");
    const dialog = await screen.findByRole("dialog");
    await userEvent.click(await within(dialog).findByRole("button", { name: "Details" }));
    expect(within(dialog).getByRole("button", { name: "Copy receipt" })).toBeTruthy();
  });

  test("receipts are saved as one file of many messages; without all of them none is, and it says what to do", async () => {
    const saved: Blob[] = [];
    vi.spyOn(URL, "createObjectURL").mockImplementation((blob) => `blob:${saved.push(blob as Blob)}`);
    // A click on it would lead this window away.
    vi.spyOn(HTMLAnchorElement.prototype, "click").mockImplementation(() => undefined);
    const page = ({ before = 4, limit }: { before?: number | undefined; limit: number }) => ({
      payments: [{ ...payment, id: `payment-${before - 1}` }],
      ...(before > 2 && limit === 500 ? { next: before - 1 } : {}),
    });
    const second = Promise.withResolvers<void>();
    const { background } = open("#history", {
      "history.export": async (request) => {
        if (request.before === 3) await second.promise;
        return page(request);
      },
    });
    const button = await screen.findByRole("button", { name: "Export receipts" });
    await userEvent.click(button);
    expect(await screen.findByText("1 of 3 payments")).toBeTruthy();
    expect(saved).toEqual([]);
    second.resolve();
    await waitFor(() => expect(saved).toHaveLength(1));
    const { payments: all } = JSON.parse((await saved[0]?.text()) ?? "");
    expect(all.map(({ id }: { id: string }) => id)).toEqual(["payment-3", "payment-2", "payment-1"]);
    await waitFor(() => expect(screen.queryByText("1 of 3 payments")).toBeNull());

    background.change({
      "history.export": (request) => {
        if (request.before !== undefined) throw new Error("the background is restarting");
        return page(request);
      },
    });
    await userEvent.click(button);
    expect(await screen.findByText(/no file was saved. Nothing is lost: export again/)).toBeTruthy();
    expect(saved).toHaveLength(1);
  });

  test("deleting the history asks once more", async () => {
    const { background } = open("#history");
    await userEvent.click(await screen.findByRole("button", { name: "Delete history" }));
    expect(sent(background, "history.redact")).toEqual([]);
    await userEvent.click(within(screen.getByRole("alertdialog")).getByRole("button", { name: "Delete" }));
    expect(sent(background, "history.redact")).toHaveLength(1);
  });
});
