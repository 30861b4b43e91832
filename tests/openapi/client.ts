// A client of the shop: all types are generated from its document.
import createClient from 'openapi-fetch';
import type {components, paths} from './shop';

type Item = components['schemas']['shop.v1.Item'];

function check(holds: boolean, what: string): void {
  if (!holds) throw new Error(`not so: ${what}`);
}

export async function callTheShop(baseUrl: string): Promise<string[]> {
  const client = createClient<paths>({baseUrl});
  const done: string[] = [];

  const got = await client.GET('/v1/items/{id}', {params: {path: {id: 'grinder'}}});
  if (got.data === undefined) throw new Error(JSON.stringify(got.error));
  const item: Item = got.data;
  const stock: string = item.stock;  // emit_defaults: it is always there, and 64 bits are a string
  const category: 'CATEGORY_UNSPECIFIED' | 'CATEGORY_COFFEE' | 'CATEGORY_TEA' | 'CATEGORY_EQUIPMENT' | 'CATEGORY_BOOKS' = item.category;
  check(item.id === 'grinder' && /^[0-9]+$/.test(stock) && category === 'CATEGORY_EQUIPMENT', 'the item');
  done.push('get');

  const listed = await client.GET('/v1/items', {params: {query: {categories: ['CATEGORY_TEA'], pageSize: 2, 'maxPrice.units': '100'}}});
  check(listed.data !== undefined && listed.data.items.length > 0 && listed.data.items.every((each) => each.category === 'CATEGORY_TEA'), 'the list');
  done.push('list');

  const created = await client.POST('/v1/shelves/{shelvesId}/items', {
    params: {path: {shelvesId: 'tea'}},
    body: {id: 'sencha', title: 'Sencha', category: 'CATEGORY_TEA', price: {currencyCode: 'EUR', units: '9'}},
  });
  check(created.data?.title === 'Sencha' && created.data.price?.units === '9', `the new item: ${JSON.stringify(created.error)}`);
  done.push('create');

  const changed = await client.PATCH('/v1/items/{id}', {params: {path: {id: 'sencha'}}, body: {title: 'Sencha Makoto'}});
  check(changed.data?.title === 'Sencha Makoto' && changed.data.price?.units === '9', `the changed item: ${JSON.stringify(changed.error)}`);
  done.push('update');

  const tags = await client.PUT('/v1/items/{id}/tags', {params: {path: {id: 'sencha'}}, body: ['green']});
  check(tags.data?.tags.join() === 'green', 'the tags');
  done.push('tags');

  const missing = await client.GET('/v1/items/{id}', {params: {path: {id: 'nothing'}}});
  check(missing.data === undefined && missing.error?.code === 5 && missing.response.status === 404, 'the error');
  done.push('error');

  await client.DELETE('/v1/items/{id}', {params: {path: {id: 'sencha'}}});
  done.push('delete');

  // @ts-expect-error a parameter that there is not
  void (() => client.GET('/v1/items', {params: {query: {colour: 'red'}}}));
  // @ts-expect-error a path without its parameter
  void (() => client.GET('/v1/items/{id}', {}));
  return done;
}
