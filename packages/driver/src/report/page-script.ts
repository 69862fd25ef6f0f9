/** What pages do beyond HTML: a filter for features. Without scripts the filter stays hidden. */
export const pageScript = `
(() => {
  const box = document.getElementById('filter');
  if (!box) return;
  const input = box.querySelector('input');
  const told = document.getElementById('filtered');
  const groups = [...document.querySelectorAll('[data-group]')].map((group) => ({
    group,
    features: [...group.querySelectorAll('details.f')].map((feature) => ({
      feature,
      name: feature.dataset.name.toLowerCase(),
    })),
  }));
  box.hidden = false;
  input.addEventListener('input', () => {
    const words = input.value.toLowerCase().split(/\\s+/).filter(Boolean);
    let shown = 0;
    for (const { group, features } of groups) {
      let some = 0;
      for (const { feature, name } of features) {
        feature.hidden = !words.every((word) => name.includes(word));
        if (!feature.hidden) some++;
      }
      group.hidden = some === 0;
      shown += some;
    }
    told.textContent = words.length === 0 ? '' : shown + ' shown';
  });
})();
`.trim();
