"""A notebook that is opened again, before anything in it has run."""

import pytest
from laboratory import NotebookPage, make_lab

from boundaries.lessons.outputs import NOT_RUNNING

SHUT_DOWN = """async () => {
  await window.jupyterapp.shell.currentWidget.sessionContext.shutdown();
}"""


def visible(page, text):
    """How many elements with this text of their own are on screen."""
    return page.get_by_text(text).locator("visible=true").count()


@pytest.mark.long  # half a minute of JupyterLab for one sentence
def test_where_the_form_was_a_reopened_notebook_says_what_to_do(tmp_path, browser):
    page = browser.new_page(viewport={"width": 1280, "height": 3000})
    with make_lab(tmp_path) as url:
        names = [path.name for path in sorted((tmp_path / "course").glob("00-*.ipynb"))]
        notebook = NotebookPage(page, url, names[0])
        notebook.run_all()
        page.wait_for_selector(".bd-card .bd-rating input")
        page.wait_for_timeout(3000)
        assert visible(page, NOT_RUNNING) == 0
        notebook.save()
        page.evaluate(SHUT_DOWN)

        again = browser.new_page(viewport={"width": 1280, "height": 3000})
        NotebookPage(again, url, names[0])
        again.get_by_text(NOT_RUNNING).first.wait_for(state="visible")
        again.wait_for_timeout(3000)
        assert visible(again, NOT_RUNNING) > 0
        assert visible(again, "Error displaying widget") == 0
        assert visible(again, "Loading widget") == 0
        again.close()
    page.close()
