// How far a report on paper is, until it can be taken.

const place = document.getElementById("job");

async function look() {
  const answer = await fetch(place.dataset.job, { cache: "no-store" });
  const told = answer.ok ? await answer.json() : { failed: true };
  const [bar, words, link] = place.children;
  if (told.failed) {
    bar.hidden = true;
    words.textContent = place.dataset.failed;
  } else if (told.ready) {
    bar.hidden = words.hidden = true;
    link.hidden = false;
  } else {
    bar.value = told.done;
    setTimeout(look, 700);
  }
}

if (place) look();
