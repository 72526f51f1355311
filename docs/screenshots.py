"""Take the pictures in docs/images anew, from the real page and the real article.

    evidenca ingest
    python docs/screenshots.py

Needs Chromium and the test extra.
"""

import re
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright

ROOT = Path(__file__).parent.parent
IMAGES = Path(__file__).parent / "images"
SLOVENE = "Kako uspešni so ZV-MSC pri perianalnih fistulah?"
ENGLISH = "What are the most common sources of MSCs?"

expect.set_options(timeout=20_000)


def opened(browser: Browser, address: str, locale: str, scheme: str, *, phone: bool = False) -> Page:
    context = browser.new_context(
        locale=locale,
        color_scheme=scheme,  # type: ignore[arg-type]
        viewport={"width": 390, "height": 844} if phone else {"width": 1440, "height": 900},
        is_mobile=phone,
        has_touch=phone,
        reduced_motion="reduce",
    )
    page = context.new_page()
    page.goto(address)
    expect(page.locator("html")).to_have_attribute("data-ready", "")
    return page


def ask(page: Page, question: str) -> None:
    page.locator("#ev-question textarea").fill(question)
    page.locator("#ev-question textarea").press("Enter")
    expect(page.locator(".ev-chip").first).to_be_visible()
    page.wait_for_timeout(300)


def take(page: Page, name: str) -> None:
    page.wait_for_timeout(300)
    page.screenshot(path=IMAGES / f"{name}.png")


def pictures(browser: Browser, address: str) -> None:
    page = opened(browser, address, "sl-SI", "light")
    take(page, "empty")
    ask(page, SLOVENE)
    told = page.locator("#ev-sources .ev-card", has_text="na 80 % bolnikov").get_attribute("id") or ""
    number = page.locator(f"#ev-chat a[href='#{told.replace('src', 'cite')}']").first
    number.click()
    take(page, "source")
    page.locator(f"#{told}").get_by_role("button", name="Preberi v kontekstu").click()
    take(page, "context")
    page.get_by_role("tab", name="Študije").click()
    page.locator("[data-bar='country'][data-value='Kitajska']").click()
    take(page, "trials")
    page.get_by_role("tab", name="Evalvacija").click()
    expect(page.locator(".ev-tiles")).to_be_visible()
    take(page, "evaluation")
    page = opened(browser, address, "en-GB", "dark")
    ask(page, ENGLISH)
    take(page, "dark")
    page = opened(browser, address, "sl-SI", "light", phone=True)
    ask(page, SLOVENE)
    page.locator(f"#ev-chat a[href='#{told.replace('src', 'cite')}']").first.tap()
    take(page, "phone")


def main() -> None:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        sys.exit("There is no Chromium on this machine.")
    IMAGES.mkdir(exist_ok=True)
    command = [sys.executable, "-m", "ui.cli", "chat", "--port", "0", *sys.argv[1:]]
    server = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        address = re.search(r"http://\S+", server.stdout.readline())
        assert address is not None
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
            pictures(browser, address.group())
            browser.close()
    finally:
        server.terminate()
        server.wait()


if __name__ == "__main__":
    main()
