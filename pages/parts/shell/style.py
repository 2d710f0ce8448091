"""The style of all pages: colours, and the sizes and places of the stage."""

from pathlib import Path

from pages.parts.shell import colours

STYLE = f"<style>{colours.CSS}{Path(__file__).with_name('stage.css').read_text(encoding='utf-8')}</style>"
